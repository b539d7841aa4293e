//! What is done to which request.

use std::collections::VecDeque;
use std::io;
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A request that changes something, in words that are the same in every run: the method, the path with
/// `*` for the namespace and for AWS's ids, and how often it came before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mutation {
    /// Such as `POST /policy-engines/*/policies`.
    pub what: String,
    /// 0 for the first.
    pub nth: usize,
}

/// What happens to one request (reliability.md 4 and 5.2). The first three wait for a test to kill the operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is held before the server has seen it, until the gate is opened; then the connection is closed.
    HoldRequest,
    /// It is held after the server has done it and answered, and the operator does not know.
    HoldReply,
    /// The operator gets its answer, and what it asks to change from then on is held.
    HoldNext,
    /// The server does it; instead of the answer, the connection is closed.
    LoseReply,
    /// The connection is closed before the server has seen it.
    Reset,
    /// It comes so much later.
    Delay(Duration),
    /// The server gets it twice; the first answer is passed on.
    Duplicate,
    /// The server never sees it, and this status is the answer.
    Answer(u16),
}

/// Knows the requests that change something, and does something to one of them.
#[derive(Default)]
pub struct Gate {
    state: Mutex<State>,
    changed: Condvar,
    away: AtomicBool,
}

#[derive(Default)]
struct State {
    mutations: Vec<Mutation>,
    done: Vec<String>,
    planned: Option<(Mutation, Fault)>,
    met: bool,
    held: bool,
    delayed: Option<String>,
    deaf: bool,
    watches: Vec<TcpStream>,
    elsewhere: Option<String>,
    clients: Vec<TcpStream>,
    /// How late reads are, and the versions that there were, oldest first.
    late: Option<Duration>,
    versions: VecDeque<(Instant, String)>,
}

impl Gate {
    /// A gate that does nothing to anything yet.
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Forgets what came, and does this to one request, counted from now.
    pub fn inject(&self, planned: Option<(Mutation, Fault)>) {
        *self.lock() = State {
            planned,
            ..State::default()
        };
    }

    /// Delays every request whose first line contains `part`, until the gate is opened.
    pub fn delay(&self, part: &str) {
        self.lock().delayed = Some(part.to_owned());
    }

    /// Whether a request is held.
    pub fn holds(&self) -> bool {
        self.lock().held
    }

    /// Whether the planned request has come.
    pub fn met(&self) -> bool {
        self.lock().met
    }

    /// Waits until a request is held, or this time is over; says which.
    pub fn wait_held(&self, longest: Duration) -> bool {
        let state = self.lock();
        let waited = self
            .changed
            .wait_timeout_while(state, longest, |state| !state.held);
        waited.unwrap_or_else(PoisonError::into_inner).0.held
    }

    /// Lets everything through from now on. A held request's connection is dropped, a delayed one goes on.
    pub fn open(&self) {
        let mut state = self.lock();
        state.held = false;
        state.delayed = None;
        self.changed.notify_all();
    }

    /// Keeps to itself what watches bring from now on.
    pub fn deafen(&self) {
        self.lock().deaf = true;
    }

    /// Ends the watches that are open; those that are opened anew are heard.
    pub fn cut(&self) {
        let mut state = self.lock();
        state.deaf = false;
        for watch in state.watches.drain(..) {
            // One that has ended by itself needs no end.
            watch.shutdown(Shutdown::Both).ok();
        }
    }

    /// Sends clients of the API server to another one from now on, or back, whatever is under way.
    pub fn redirect(&self, address: Option<&str>) {
        let mut state = self.lock();
        state.elsewhere = address.map(str::to_owned);
        for client in state.clients.drain(..) {
            client.shutdown(Shutdown::Both).ok();
        }
    }

    pub(super) fn elsewhere(&self) -> Option<String> {
        self.lock().elsewhere.clone()
    }

    /// Notes a client of the API server.
    pub(super) fn connected(&self, client: TcpStream) {
        self.lock().clients.push(client);
    }

    /// Answers reads of our kinds with what there was so long ago, watches apart, as far as [`Gate::tell`] knows; or with
    /// what there is.
    pub fn answer_late(&self, late: Option<Duration>) {
        self.lock().late = late;
    }

    /// Notes the version that there is now.
    pub fn tell(&self, version: String) {
        self.lock().versions.push_back((Instant::now(), version));
    }

    /// The version that reads are answered at.
    pub(super) fn past(&self) -> Option<String> {
        let mut state = self.lock();
        let late = state.late?;
        while state
            .versions
            .get(1)
            .is_some_and(|(since, _)| since.elapsed() >= late)
        {
            state.versions.pop_front();
        }
        state.versions.front().map(|(_, version)| version.clone())
    }

    /// Ends the watches that are open, and from now on every connection with its next request: the server is away.
    pub fn leave(&self) {
        self.away.store(true, Ordering::SeqCst);
        self.cut();
    }

    /// The server is back.
    pub fn come_back(&self) {
        self.away.store(false, Ordering::SeqCst);
    }

    /// Whether the server is away.
    pub(super) fn is_away(&self) -> bool {
        self.away.load(Ordering::SeqCst)
    }

    /// Whether watches are deaf.
    pub(super) fn is_deaf(&self) -> bool {
        self.lock().deaf
    }

    /// Notes the client of a watch.
    pub(super) fn watched_by(&self, client: TcpStream) {
        self.lock().watches.push(client);
    }

    /// What came since the gate was made, or since the last [`Gate::inject`].
    pub fn mutations(&self) -> Vec<Mutation> {
        self.lock().mutations.clone()
    }

    /// Which of them the server did, as far as the proxy saw: answered with 2xx, duplicates included.
    pub fn done(&self) -> Vec<String> {
        self.lock().done.clone()
    }

    /// Returns when no request like this one is delayed.
    pub(super) fn wait(&self, first_line: &str) {
        let state = self.lock();
        let delayed = |state: &mut State| {
            let delayed = state.delayed.as_ref();
            delayed.is_some_and(|part| first_line.contains(part))
        };
        drop(self.changed.wait_while(state, delayed));
    }

    /// Counts a request, and says what is to be done to it. While another one is held, it is dropped with that.
    pub(super) fn enter(&self, what: String) -> io::Result<Option<Fault>> {
        self.while_held()?;
        let mut state = self.lock();
        let same = state.mutations.iter().filter(|earlier| earlier.what == what);
        let mutation = Mutation {
            nth: same.count(),
            what,
        };
        let fault = match &state.planned {
            Some((planned, fault)) if *planned == mutation => Some(*fault),
            _ => None,
        };
        state.met |= fault.is_some();
        state.mutations.push(mutation);
        Ok(fault)
    }

    /// Notes that the server has done something.
    pub(super) fn note(&self, what: &str) {
        self.lock().done.push(what.to_owned());
    }

    /// Holds what comes from now on.
    pub(super) fn hold(&self) {
        self.lock().held = true;
        self.changed.notify_all();
    }

    /// Returns at once if nothing is held; else when the gate is opened, as an error.
    pub(super) fn while_held(&self) -> io::Result<()> {
        let state = self.lock();
        if !state.held {
            return Ok(());
        }
        drop(self.changed.wait_while(state, |state| state.held));
        Err(io::Error::other("the held request is dropped"))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
