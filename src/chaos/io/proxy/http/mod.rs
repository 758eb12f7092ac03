//! The HTTP proxy: serves the requests that arrive through the lines of a client's connection, and
//! forwards them over upstream connections that this client shares with no other.
//!
//! | part | purpose |
//! |---|---|
//! | `outlet` | forwarding of requests: version, TLS, authority |
//! | `lanes` | the connections to the upstream |
//! | `exchange` | one request and its response, with the faults applied to them |
//! | `plan` | the faults of one exchange, as they are drawn |
//! | `body` | the body of a response on its way to the client |
//! | `headers` | hop-by-hop headers |
//! | `crew` | tasks that end with their connection |

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

/// The state that the exchanges of one client's connection share.
struct Session {
    site: Arc<ProxyState>,
    tools: Rc<Tools>,
    fate: Fate,
    crew: ConnectionTasks,
    lanes: Lanes,
}

/// Serves one connection until it ends.
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

/// Answers requests, in HTTP/2 if the client starts with its preface, else in HTTP/1.1.
async fn serve(inner: Inner, session: Rc<Session>) {
    let service = service_fn(|request| exchange::exchange(Rc::clone(&session), request));
    let builder = auto::Builder::new(session.crew.clone());
    let served = builder.serve_connection_with_upgrades(TokioIo::new(inner), service);
    // Ignore errors: the other end of the pipe sees how the connection ends.
    let _ = served.await;
}
