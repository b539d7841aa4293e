//! How long after a policy was applied the gateway decides by it (performance.md P13).

use super::Failure;
use super::cluster;
use super::line::Line;
use super::request::Request;
use super::times;
use kube::api::{Api, DynamicObject, Patch, PatchParams};
use serde_json::Value;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

/// From the beginning of one question to that of the next.
const PACE: Duration = Duration::from_millis(1);
/// Between two changes: what is known of one is written into the object's status meanwhile.
const PAUSE: Duration = Duration::from_millis(300);
/// A change that is not in force by then never will be.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub struct Flips {
    address: SocketAddr,
    manifests: [DynamicObject; 2],
    request: Request,
}

/// What the gateway said, when it had said otherwise before: when the answer was there, and whether it was the expected one.
type Turn = (Instant, bool);

impl Flips {
    /// Out of two manifests and a request, one a line.
    pub fn read(address: SocketAddr, input: &str) -> Result<Self, Failure> {
        let mut lines = input.lines();
        let mut next = || lines.next().ok_or("two manifests and a request are wanted");
        Ok(Self {
            address,
            manifests: [serde_json::from_str(next()?)?, serde_json::from_str(next()?)?],
            request: Request::read(address, next()?)?,
        })
    }

    /// Applies the manifests in turn, so many times; the first must be in force already.
    pub fn make(&self, kubeconfig: &Path, flips: usize) -> Result<Value, Failure> {
        let over = AtomicBool::new(false);
        let (turns, seen) = channel();
        std::thread::scope(|scope| {
            let asking = scope.spawn(|| ask(self, &over, &turns));
            let made = self.apply(kubeconfig, flips, &seen);
            over.store(true, Ordering::Relaxed);
            asking.join().map_err(|_| Failure::from("asking panicked"))??;
            made
        })
    }

    fn apply(&self, kubeconfig: &Path, flips: usize, seen: &Receiver<Turn>) -> Result<Value, Failure> {
        let runtime = super::runtime()?;
        let client = runtime.block_on(cluster::client(kubeconfig))?;
        let api = Api::<DynamicObject>::namespaced_with(client, "default", &cluster::policies());
        let (mut accepted, mut sent) = (Vec::new(), Vec::new());
        let next = || seen.recv_timeout(PATIENCE);
        if next()?.1 {
            return Err("the first manifest is not in force".into());
        }
        for flip in 0..flips {
            let wanted = flip.is_multiple_of(2);
            let manifest = self.manifests.get(usize::from(wanted)).ok_or("no manifest")?;
            let name = manifest
                .metadata
                .name
                .as_deref()
                .ok_or("a manifest without a name")?;
            let began = Instant::now();
            let patch = PatchParams::apply("gateway-load").force();
            runtime.block_on(api.patch(name, &patch, &Patch::Apply(manifest)))?;
            let taken = Instant::now();
            let (when, is) = next()?;
            if is != wanted {
                return Err("the gateway changed its mind without a change".into());
            }
            accepted.push(when.saturating_duration_since(taken));
            sent.push(when - began);
            std::thread::sleep(PAUSE);
        }
        let mut told = times::told(&mut accepted);
        let sent = times::told(&mut sent);
        if let Some(members) = told.as_object_mut() {
            members.insert("sent".to_owned(), sent);
            members.insert("flips".to_owned(), flips.into());
        }
        Ok(told)
    }
}

/// Asks again and again, and tells when the answer is another one.
fn ask(flips: &Flips, over: &AtomicBool, turns: &Sender<Turn>) -> Result<(), Failure> {
    let mut line = Line::patient(flips.address)?;
    let mut last = None;
    while !over.load(Ordering::Relaxed) {
        let began = Instant::now();
        line.send(&flips.request.bytes)?;
        let is = loop {
            let seen = line.answer(|status, body| (status, body.contains(&flips.request.expect)))?;
            match seen {
                Some((200, is)) => break is,
                Some((status, _)) => return Err(format!("the gateway answers with {status}").into()),
                None => {}
            }
        };
        if last != Some(is) {
            last = Some(is);
            turns.send((Instant::now(), is))?;
        }
        std::thread::sleep(PACE.saturating_sub(began.elapsed()));
    }
    Ok(())
}
