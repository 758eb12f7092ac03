//! Connections and request handling of the demo target.

use super::control::Control;
use super::front::Front;
use super::listen;
use super::settings::Settings;
use super::workers::Workers;
use crate::base::random::{FastRng, fast_stream, key};
use crate::chaos::io::client::Route;
use crate::chaos::io::timer::Timer;
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::HeaderValue;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use rand::RngExt as _;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::io;
use std::net::TcpListener;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::sync::{Notify, OwnedSemaphorePermit};

/// The state that all connections share.
pub(super) struct Server {
    settings: Settings,
    workers: Workers,
    front: Option<Front>,
    timer: Rc<Timer>,
    /// Keys in the cache.
    cached: RefCell<BTreeSet<u32>>,
    /// Number of requests so far.
    requests: Cell<u64>,
    crash: Notify,
    crashed_until: Cell<Instant>,
}

impl Server {
    pub(super) fn new(settings: Settings, route: Option<Arc<Route>>, timer: Rc<Timer>) -> Self {
        let backend = settings.backend.clone().zip(route);
        Self {
            workers: Workers::new(settings.workers, settings.queue_max, Rc::clone(&timer)),
            front: backend.map(|(backend, route)| Front::new(backend, route)),
            settings,
            timer,
            cached: RefCell::default(),
            requests: Cell::new(0),
            crash: Notify::new(),
            crashed_until: Cell::new(Instant::now()),
        }
    }

    /// Serves all connections. After a crash, listens again on the same address.
    pub(super) async fn serve(self: &Rc<Self>, listener: TcpListener) -> io::Result<()> {
        let address = listener.local_addr()?;
        self.accept(listener).await?;
        loop {
            self.timer.sleep_until(self.crashed_until.get()).await;
            self.accept(listen(address)?).await?;
        }
    }

    /// Accepts connections until the next crash.
    async fn accept(self: &Rc<Self>, listener: TcpListener) -> io::Result<()> {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        loop {
            tokio::select! {
                accepted = listener.accept() => {
                    // Ignore a client that is already gone.
                    if let Ok((stream, _)) = accepted {
                        tokio::task::spawn_local(Rc::clone(self).connection(stream));
                    }
                }
                () = self.crash.notified() => return Ok(()),
            }
        }
    }

    async fn connection(self: Rc<Self>, stream: TcpStream) {
        let _ = stream.set_nodelay(true);
        let service = service_fn(|request| {
            let server = Rc::clone(&self);
            async move { Ok::<_, Infallible>(server.answer(&request).await) }
        });
        // A client may close its side right after its request (half-close). The request is served all
        // the same.
        let connection =
            http1::Builder::new().half_close(true).serve_connection(TokioIo::new(stream), service);
        tokio::select! {
            _ = connection => {}
            () = self.crash.notified() => {}
        }
    }

    async fn answer(self: &Rc<Self>, request: &Request<Incoming>) -> Response<Full<Bytes>> {
        let control = self.settings.control.then(|| Control::asked(request.uri())).flatten();
        match control {
            Some(Ok(control)) => {
                self.obey(control);
                plain(StatusCode::OK, "done\n")
            }
            Some(Err(reason)) => plain(StatusCode::BAD_REQUEST, reason + "\n"),
            None => self.serve_one().await,
        }
    }

    fn obey(&self, control: Control) {
        match control {
            Control::Stall(lasts) => self.workers.stall(lasts),
            Control::Crash(lasts) => {
                self.crashed_until.set(Instant::now() + lasts);
                self.crash.notify_waiters();
            }
            Control::Flush => self.cached.borrow_mut().clear(),
        }
    }

    /// Serves an ordinary request. The service goes on even if the client disconnects.
    async fn serve_one(self: &Rc<Self>) -> Response<Full<Bytes>> {
        let Some(place) = self.workers.enter() else {
            return plain(StatusCode::SERVICE_UNAVAILABLE, "queue full\n");
        };
        let server = Rc::clone(self);
        let served = tokio::task::spawn_local(async move { server.work(place).await });
        served.await.unwrap_or_else(|_| plain(StatusCode::INTERNAL_SERVER_ERROR, ""))
    }

    async fn work(&self, place: OwnedSemaphorePermit) -> Response<Full<Bytes>> {
        let mut chance = self.chance();
        let failing = chance.random::<f64>() < self.settings.failing;
        let mut hit = None;
        self.workers
            .work(place, || {
                hit = self.look_up(&mut chance);
                self.service_time(hit, &mut chance)
            })
            .await;
        let mut answer = if failing {
            plain(StatusCode::INTERNAL_SERVER_ERROR, "failed\n")
        } else if self.backend_answers().await {
            plain(StatusCode::OK, "ok\n")
        } else {
            plain(StatusCode::BAD_GATEWAY, "failed\n")
        };
        if let Some(hit) = hit {
            let word = HeaderValue::from_static(if hit { "hit" } else { "miss" });
            answer.headers_mut().insert("x-cache", word);
        }
        answer
    }

    async fn backend_answers(&self) -> bool {
        match &self.front {
            Some(front) => front.ask().await,
            None => true,
        }
    }

    /// Returns the random stream of the next request.
    fn chance(&self) -> FastRng {
        let number = self.requests.replace(self.requests.get() + 1);
        fast_stream(self.settings.seed, key("demo target"), number)
    }

    /// Draws a key, adds it to the cache, and returns whether it was there before. Returns `None`
    /// without a cache.
    fn look_up(&self, chance: &mut FastRng) -> Option<bool> {
        let cache = self.settings.cache?;
        let asked = chance.random_range(0..cache.keys.max(1));
        Some(!self.cached.borrow_mut().insert(asked))
    }

    fn service_time(&self, hit: Option<bool>, chance: &mut FastRng) -> Duration {
        match self.settings.cache {
            Some(cache) if hit == Some(true) => cache.hit,
            _ => Duration::try_from_secs_f64(self.settings.service.sample(chance)).unwrap_or_default(),
        }
    }
}

fn plain(status: StatusCode, text: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(text.into()));
    *response.status_mut() = status;
    response
}
