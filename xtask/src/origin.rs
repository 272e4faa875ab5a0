//! A sample origin: it takes whatever the gateway forwards, and remembers it.

use std::io::{BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::http::{self, Message};

const PATIENCE: Duration = Duration::from_secs(30);

/// What is done with each request that comes.
type Observer = dyn Fn(Message) + Send + Sync;

/// Listens on a port of this machine while it is up, and answers 200.
pub(crate) struct Origin {
    port: u16,
    observer: Arc<Observer>,
    listening: Option<Listening>,
}

/// A request, and when it came.
#[derive(Clone, Debug)]
pub(crate) struct Arrival {
    pub(crate) at: Instant,
    pub(crate) message: Message,
}

struct Listening {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Origin {
    /// Starts on a free port.
    pub(crate) fn start(observer: impl Fn(Message) + Send + Sync + 'static) -> Result<Self> {
        let mut origin = Self { port: 0, observer: Arc::new(observer), listening: None };
        origin.up()?;
        Ok(origin)
    }

    /// Starts on a free port; what comes is pushed to `received`.
    pub(crate) fn recording(received: &Arc<Mutex<Vec<Arrival>>>) -> Result<Self> {
        let received = Arc::clone(received);
        Self::start(move |message| {
            let arrival = Arrival { at: Instant::now(), message };
            received.lock().unwrap_or_else(PoisonError::into_inner).push(arrival);
        })
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn is_up(&self) -> bool {
        self.listening.is_some()
    }

    /// Accepts connections, on the same port as before.
    pub(crate) fn up(&mut self) -> Result<()> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, self.port))
            .with_context(|| format!("the sample origin can't listen on port {}", self.port))?;
        self.port = listener.local_addr()?.port();
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, observer) = (Arc::clone(&stop), Arc::clone(&self.observer));
        let thread = thread::spawn(move || accept(&listener, &stopped, &observer));
        self.listening = Some(Listening { stop, thread });
        Ok(())
    }

    /// Closes the port: connections are refused.
    pub(crate) fn down(&mut self) {
        let Some(listening) = self.listening.take() else { return };
        listening.stop.store(true, Ordering::SeqCst);
        // Wakes the thread out of `accept`.
        TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).ok();
        listening.thread.join().ok();
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        self.down();
    }
}

fn accept(listener: &TcpListener, stop: &AtomicBool, observer: &Arc<Observer>) {
    for stream in listener.incoming().map_while(Result::ok) {
        if stop.load(Ordering::SeqCst) {
            return;
        }
        let observer = Arc::clone(observer);
        thread::spawn(move || answer(&stream, &*observer));
    }
}

fn answer(mut stream: &TcpStream, observer: &Observer) {
    stream.set_read_timeout(Some(PATIENCE)).ok();
    if let Ok(message) = http::read(&mut BufReader::new(stream)) {
        observer(message);
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").ok();
    }
}
