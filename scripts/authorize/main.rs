//! The authorizer of the local gateway against Cedar's own over all policies: the same answers, and how long they take.
//!
//! `authorize-load compare PAIRS` compares answers on so many generated pairs of a policy set and a request, on all
//! cores. `authorize-load speed POLICIES SECONDS` measures decisions, `authorize-load update POLICIES` changes among
//! decisions, and `authorize-load memory POLICIES index|cedar` memory; `authorize-load fleet POLICIES` tells the tools and
//! statements that are measured. Each prints one JSON object.

mod compare;
mod fleet;
mod generate;
mod linear;
mod speed;
mod update;

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Pairs of one walk: then there are other tools, statements and requests.
const WALK: usize = 4_000;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["compare", pairs] => compare(pairs.parse()?),
        ["speed", policies, seconds] => {
            let seconds = Duration::from_secs_f64(seconds.parse()?);
            println!("{}", speed::measure(policies.parse()?, seconds)?);
            Ok(())
        }
        ["update", policies] => {
            println!("{}", update::measure(policies.parse()?)?);
            Ok(())
        }
        ["fleet", policies] => {
            println!("{}", fleet::Fleet::of(policies.parse()?).told());
            Ok(())
        }
        ["memory", policies, what @ ("index" | "cedar")] => {
            println!("{}", update::memory(policies.parse()?, *what == "index")?);
            Ok(())
        }
        _ => Err(
            "authorize-load compare PAIRS, speed POLICIES SECONDS, update POLICIES, memory POLICIES \
             index|cedar, or fleet POLICIES"
                .into(),
        ),
    }
}

/// Walks until there were so many pairs, each walk from another seed.
fn compare(pairs: usize) -> Result<(), Failure> {
    let first: u64 = rand::random::<u32>().into();
    println!("{pairs} pairs, walks from seed {first} on");
    let (next, done) = (AtomicU64::new(first), AtomicUsize::new(0));
    let (seen, failed) = (Mutex::new(compare::Seen::default()), AtomicBool::new(false));
    let began = Instant::now();
    let walks = || -> Result<(), Failure> {
        while done.load(Ordering::Relaxed) < pairs && !failed.load(Ordering::Relaxed) {
            let walked = compare::walk(next.fetch_add(1, Ordering::Relaxed), WALK);
            let walked = walked.inspect_err(|_| failed.store(true, Ordering::Relaxed))?;
            seen.lock().map_err(|error| error.to_string())?.add(&walked);
            let before = done.fetch_add(walked.pairs, Ordering::Relaxed);
            let after = before + walked.pairs;
            if before / 100_000 != after / 100_000 {
                println!("{after} pairs are alike, {:.0} s", began.elapsed().as_secs_f64());
            }
        }
        Ok(())
    };
    let threads = std::thread::available_parallelism()?.get();
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(walks)).collect();
        for thread in running {
            thread.join().map_err(|_| Failure::from("a walk panicked"))??;
        }
        Ok::<_, Failure>(())
    })?;
    let seen = seen.into_inner().map_err(|error| error.to_string())?;
    println!("all are alike, {:.0} s: {seen:?}", began.elapsed().as_secs_f64());
    Ok(())
}
