//! Load from one thread that never sleeps: as much as is answered, or so much a second.

use super::Failure;
use super::line::Line;
use super::request::Request;
use super::times;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// Before anything is counted.
const WARM_UP: Duration = Duration::from_secs(2);
/// What is not answered by then, after the end, never will be.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub struct Load {
    pub address: SocketAddr,
    pub requests: Vec<Request>,
    pub connections: usize,
    pub time: Duration,
}

/// A connection, and what is under way on it: which request, and when it was due.
struct Busy {
    line: Line,
    under_way: Option<(usize, Instant)>,
}

/// What has been answered.
#[derive(Default)]
struct Answered {
    times: Vec<Duration>,
    /// Requests that were due and not answered, times seconds.
    waited: f64,
}

impl Load {
    /// Sends requests, so many a second if that is said; tells what was answered after the warm-up.
    pub fn send(&self, rate: Option<f64>) -> Result<Value, Failure> {
        let mut lines = Vec::new();
        for _ in 0..self.connections {
            lines.push(Busy {
                line: Line::open(self.address)?,
                under_way: None,
            });
        }
        let begin = Instant::now();
        let (counted, end) = (begin + WARM_UP, begin + WARM_UP + self.time);
        let due = |number: u64| match rate {
            Some(rate) => begin + Duration::from_secs_f64(number_of(number) / rate),
            None => Instant::now(),
        };
        let (mut sent, mut done) = (0_u64, 0_u64);
        let mut answered = Answered::default();
        let mut before = begin;
        loop {
            let now = Instant::now();
            if now > end + PATIENCE {
                return Err("requests are not answered".into());
            }
            answered.wait(now, before, (counted, end), rate.map(|rate| (rate, begin)), done);
            before = now;
            let (mut idle, mut still) = (true, true);
            for busy in &mut lines {
                if let Some((index, since)) = busy.under_way {
                    idle = false;
                    let Some(request) = self.requests.get(index) else {
                        continue;
                    };
                    if busy
                        .line
                        .answer(|status, body| check(status, body, request))?
                        .transpose()?
                        .is_some()
                    {
                        busy.under_way = None;
                        done += 1;
                        still = false;
                        let now = Instant::now();
                        if since >= counted && since < end {
                            answered.times.push(now - since);
                        }
                    }
                }
                if busy.under_way.is_none() {
                    let due = due(sent);
                    let index = usize::try_from(sent)?
                        .checked_rem(self.requests.len())
                        .ok_or("no requests")?;
                    if due < end
                        && due <= Instant::now()
                        && let Some(request) = self.requests.get(index)
                    {
                        busy.line.send(&request.bytes)?;
                        busy.under_way = Some((index, due));
                        sent += 1;
                        (idle, still) = (false, false);
                    }
                }
            }
            if idle && Instant::now() >= end {
                return Ok(answered.told(self.time));
            }
            // The kernel's own work on this core: what it does for the network would wait for a turn of the scheduler.
            if still {
                std::thread::yield_now();
            }
        }
    }
}

impl Answered {
    /// Counts those that wait, for Little's law.
    fn wait(
        &mut self,
        now: Instant,
        before: Instant,
        (counted, end): (Instant, Instant),
        rate: Option<(f64, Instant)>,
        done: u64,
    ) {
        if let Some((rate, begin)) = rate
            && now >= counted
            && now < end
        {
            let were_due = ((now - begin).as_secs_f64() * rate).floor() + 1.0;
            let waiting = (were_due - number_of(done)).max(0.0);
            self.waited += waiting * (now - before).as_secs_f64();
        }
    }

    fn told(mut self, time: Duration) -> Value {
        let seconds = time.as_secs_f64();
        let rate = number_of(self.times.len().try_into().unwrap_or(0)) / seconds;
        let mut told = times::told(&mut self.times);
        let mean = told.get("mean").and_then(Value::as_f64).unwrap_or_default();
        if let Some(members) = told.as_object_mut() {
            members.insert("requests".to_owned(), self.times.len().into());
            members.insert("rate".to_owned(), rate.into());
            // What wait at a time, counted, and by the rate and the times.
            members.insert("waiting".to_owned(), json!(self.waited / seconds));
            members.insert("little".to_owned(), json!(rate * mean / 1e6));
        }
        told
    }
}

fn check(status: u16, body: &str, request: &Request) -> Result<(), Failure> {
    if status == 200 && body.contains(&request.expect) {
        return Ok(());
    }
    Err(format!("answered with {status} and no {:?}: {body}", request.expect).into())
}

fn number_of(number: u64) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}
