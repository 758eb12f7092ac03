//! Understands requests: serves what comes through the lines of a client's connection, and asks the upstream over connections
//! that this client shares with no other.
//!
//! | part | what it does |
//! |---|---|
//! | `outlet` | how requests are passed on: version, TLS, authority |
//! | `lanes` | the connections to the upstream |
//! | `exchange` | one request and its answer, with what the faults do to them |
//! | `plan` | what the faults do, as they are drawn |
//! | `body` | the body of an answer on its way |
//! | `headers` | which headers belong to one connection only |
//! | `crew` | the tasks of one connection, which end with it |

mod body;
mod crew;
mod exchange;
mod headers;
mod lanes;
mod outlet;
mod plan;

pub(super) use outlet::Outlet;

use super::circuit::Circuit;
use super::end::{Fate, Inner, pipe};
use super::pump::{Pump, Tools};
use super::site::ProxyState;
use crew::ConnectionTasks;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto;
use lanes::Lanes;
use std::rc::Rc;
use std::sync::Arc;
use tokio::net::TcpStream;

/// What the exchanges of one client's connection share.
struct Session {
    site: Arc<ProxyState>,
    tools: Rc<Tools>,
    fate: Fate,
    crew: ConnectionTasks,
    lanes: Lanes,
}

/// Serves one connection until it is over.
pub(super) async fn connection(client: TcpStream, circuit: Rc<Circuit>, tools: Rc<Tools>) {
    let (inner, outer) = pipe();
    let crew = ConnectionTasks::default();
    let session = Session {
        site: Arc::clone(&circuit.site),
        tools: Rc::clone(&tools),
        fate: inner.fate(),
        crew: crew.clone(),
        lanes: Lanes::default(),
    };
    let _until_here = crew.lasting();
    crew.spawn(serve(inner, Rc::new(session)));
    Pump::new(client, outer, circuit, tools).await;
}

/// Answers requests, in HTTP/1.1 or, where the client starts with its preface, HTTP/2.
async fn serve(inner: Inner, session: Rc<Session>) {
    let service = service_fn(|request| exchange::exchange(Rc::clone(&session), request));
    let builder = auto::Builder::new(session.crew.clone());
    let served = builder.serve_connection_with_upgrades(TokioIo::new(inner), service);
    // How it ended shows at the other end of the pipe.
    let _ = served.await;
}
