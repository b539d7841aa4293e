//! A server that answers as a test says.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

/// The answer to a request: its status, its body, and its header `Date`.
pub type Served = (u16, String, Option<String>);

/// A server for a few requests, one a connection, told by head and body; its URL. It ends with the process.
pub fn serve(answer: impl Fn(&[String], &str) -> Served + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("its address");
    let answer = Arc::new(answer);
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let answer = Arc::clone(&answer);
            // An error is the end of one connection.
            thread::spawn(move || one(client, &*answer).ok());
        }
    });
    format!("http://{address}")
}

fn one(client: TcpStream, answer: &(impl Fn(&[String], &str) -> Served + ?Sized)) -> std::io::Result<()> {
    let mut client = BufReader::new(client);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        if client.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        head.push(line.trim().to_owned());
    }
    let length = header(&head, "content-length").and_then(|length| length.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    client.read_exact(&mut body)?;
    let (status, body, date) = answer(&head, &String::from_utf8_lossy(&body));
    let date = date.map(|date| format!("date: {date}\r\n")).unwrap_or_default();
    let error = if status == 403 {
        "x-amzn-errortype: InvalidSignatureException\r\n"
    } else {
        ""
    };
    write!(
        client.get_mut(),
        "HTTP/1.1 {status} X\r\n{date}{error}content-type: application/json\r\nconnection: close\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// A header of a request.
pub fn header<'a>(head: &'a [String], name: &str) -> Option<&'a str> {
    head.iter().find_map(|line| {
        let (this, value) = line.split_once(':')?;
        this.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}
