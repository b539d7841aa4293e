//! The load on gateways for the benchmark, and the tool behind them.
//!
//! `gateway-load echo` serves a tool that gives its arguments back, as an MCP server and as a Lambda function, and prints
//! `listening on ADDRESS`.
//!
//! `gateway-load ceiling ADDRESS CONNECTIONS SECONDS` reads requests from standard input, one JSON object
//! `{"path", "headers", "body", "expect"}` a line, and sends them again and again, each connection as soon as it has its answer.
//! `gateway-load steady ADDRESS CONNECTIONS SECONDS RATE` sends so many a second, whether answers come or not, and counts
//! from when each was due. Every answer must hold what is expected.
//!
//! `gateway-load flips ADDRESS KUBECONFIG TIMES` reads two manifests of a policy and a request, one a line, and applies the
//! manifests in turn: how long after each the gateway answers otherwise. The request expects what the second one makes of it.
//!
//! Each prints one JSON object.

#[path = "../answer.rs"]
mod answer;
#[path = "../cluster.rs"]
mod cluster;
mod echo;
mod flips;
mod line;
mod load;
mod request;
mod times;

use std::error::Error;
use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

type Failure = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let told = match words.as_slice() {
        ["echo"] => return runtime()?.block_on(echo::serve()),
        ["ceiling", address, connections, seconds] => {
            let load = load(address, connections, seconds)?;
            load.send(None)?
        }
        ["steady", address, connections, seconds, rate] => {
            let load = load(address, connections, seconds)?;
            load.send(Some(rate.parse()?))?
        }
        ["flips", address, kubeconfig, times] => {
            let flips = flips::Flips::read(address.parse()?, &input()?)?;
            flips.make(Path::new(kubeconfig), times.parse()?)?
        }
        _ => {
            return Err(
                "gateway-load echo, ceiling ADDRESS CONNECTIONS SECONDS, steady ADDRESS CONNECTIONS SECONDS \
                 RATE, or flips ADDRESS KUBECONFIG TIMES"
                    .into(),
            );
        }
    };
    println!("{told}");
    Ok(())
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

fn load(address: &str, connections: &str, seconds: &str) -> Result<load::Load, Failure> {
    let address = address.parse()?;
    let requests = input()?
        .lines()
        .map(|line| request::Request::read(address, line))
        .collect::<Result<_, _>>()?;
    Ok(load::Load {
        address,
        requests,
        connections: connections.parse()?,
        time: Duration::from_secs_f64(seconds.parse()?),
    })
}

fn input() -> std::io::Result<String> {
    let mut input = String::new();
    std::io::stdin().read_to_string(&mut input)?;
    Ok(input)
}
