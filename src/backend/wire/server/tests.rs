use super::super::answer::Setup;
use super::*;
use crate::backend::control::scratch;
use crate::backend::listener::LAST_ANSWERS;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;

const LIST: &[u8] = b"GET /policy-engines HTTP/1.1\r\nhost: x\r\n\r\n";
/// Far longer than anything here takes.
const LONG: Duration = Duration::from_mins(1);

struct Served {
    _directory: TempDir,
    wire: Arc<Wire>,
    address: std::net::SocketAddr,
    shutdown: CancellationToken,
    serving: JoinHandle<std::io::Result<()>>,
}

impl Served {
    async fn new(limits: Limits) -> Self {
        let directory = TempDir::new().unwrap();
        let setup = Setup {
            control: scratch(&directory).await,
            page_key: "key".to_owned(),
            credentials: None,
        };
        let wire = Arc::new(Wire::new(setup).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let serving = tokio::spawn(serve(listener, Arc::clone(&wire), limits, shutdown.clone()));
        Self {
            _directory: directory,
            wire,
            address,
            shutdown,
            serving,
        }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }
}

/// Reads the first line of an answer; empty when the connection ended before.
async fn status(stream: &mut TcpStream) -> String {
    let mut line = Vec::new();
    while !line.ends_with(b"\r\n") {
        let mut byte = [0];
        if stream.read(&mut byte).await.unwrap_or(0) == 0 {
            break;
        }
        line.push(byte[0]);
    }
    String::from_utf8(line).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_client_asked_for_is_carried_out_though_it_leaves_in_the_middle() {
    let served = Served::new(Limits::default()).await;
    let request = http::Request::post("/policy-engines").body(()).unwrap();
    let (head, ()) = request.into_parts();
    let mut answer = Box::pin(carry_out(
        Arc::clone(&served.wire),
        head,
        br#"{"name":"kept"}"#.to_vec(),
        "r-1".to_owned(),
    ));
    drop(futures::poll!(&mut answer));
    drop(answer);

    let list = Request {
        method: "GET",
        path: "/policy-engines",
        query: "",
        headers: &http::HeaderMap::new(),
        body: b"",
    };
    let begin = std::time::Instant::now();
    while !String::from_utf8(served.wire.answer(list, "r-2").await.reply.body)
        .unwrap()
        .contains("kept")
    {
        assert!(begin.elapsed() < Duration::from_secs(10));
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_further_connection_waits_until_one_of_the_others_ends() {
    let served = Served::new(Limits {
        connections: 2,
        head_time: LONG,
        ..Limits::default()
    })
    .await;
    let (mut one, mut two) = (served.connect().await, served.connect().await);
    for stream in [&mut one, &mut two] {
        stream.write_all(LIST).await.unwrap();
        assert_eq!(status(stream).await, "HTTP/1.1 200 OK\r\n");
    }
    let mut three = served.connect().await;
    three.write_all(LIST).await.unwrap();
    let mut answered = Box::pin(status(&mut three));
    // The other two are kept and served all the same.
    assert!(futures::poll!(&mut answered).is_pending());
    one.write_all(LIST).await.unwrap();
    assert!(!status(&mut one).await.is_empty());
    assert!(futures::poll!(&mut answered).is_pending());
    drop(one);
    assert_eq!(answered.await, "HTTP/1.1 200 OK\r\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_whose_request_does_not_arrive_is_closed() {
    let served = Served::new(Limits {
        connections: 8,
        head_time: Duration::from_millis(50),
        ..Limits::default()
    })
    .await;
    let mut silent = served.connect().await;
    let mut slow = served.connect().await;
    slow.write_all(b"GET /policy-engines HTT").await.unwrap();
    let mut kept = served.connect().await;
    kept.write_all(LIST).await.unwrap();
    for stream in [&mut silent, &mut slow, &mut kept] {
        let mut all = Vec::new();
        // Ends only when the other side closes.
        timeout(LONG, stream.read_to_end(&mut all))
            .await
            .unwrap()
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_whose_answers_are_not_read_is_closed() {
    let served = Served::new(Limits {
        reading_time: Duration::from_millis(50),
        ..Limits::default()
    })
    .await;
    let mut deaf = served.connect().await;
    // Until nothing more is taken, and then until the other side closes.
    let asking = async { while deaf.write_all(LIST).await.is_ok() {} };
    timeout(LONG, asking).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_does_not_wait_for_connections_that_are_only_kept() {
    let served = Served::new(Limits {
        connections: 8,
        head_time: LONG,
        ..Limits::default()
    })
    .await;
    let mut kept = served.connect().await;
    kept.write_all(LIST).await.unwrap();
    assert!(!status(&mut kept).await.is_empty());
    served.shutdown.cancel();
    let begin = std::time::Instant::now();
    served.serving.await.unwrap().unwrap();
    assert!(begin.elapsed() < LAST_ANSWERS);
}
