//! The HTTP proxy: serves the requests that arrive through the lines of a client's connection, and
//! forwards them over upstream connections that this client shares with no other.
//!
//! | part | purpose |
//! |---|---|
//! | `outlet` | forwarding of requests: version, TLS, authority |
//! | `session` | what the exchanges of one client's connection share |
//! | `lanes` | the connections to the upstream |
//! | `exchange` | one request and its response, with the faults applied to them |
//! | `plan` | the faults of one exchange, as they are drawn |
//! | `body` | the body of a response on its way to the client |
//! | `headers` | hop-by-hop headers |

mod body;
mod exchange;
mod headers;
mod lanes;
pub(super) mod outlet;
mod plan;
mod session;

use super::circuit::Circuit;
use super::end::{Pipe, pipe};
use super::pump::Pump;
use super::tools::Tools;
use crate::chaos::io::tasks::Tasks;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto;
use lanes::Lanes;
use outlet::Outlet;
use session::Session;
use std::rc::Rc;
use std::sync::Arc;
use tokio::net::TcpStream;

/// Serves one connection until it ends.
pub(super) async fn connection(
    client: TcpStream,
    outlet: Arc<Outlet>,
    circuit: Rc<Circuit>,
    tools: Rc<Tools>,
) {
    let (inner, outer) = pipe();
    let (tasks, _until_here) = Tasks::guarded();
    let session = Session {
        site: Arc::clone(&circuit.site),
        outlet,
        tools: Rc::clone(&tools),
        fate: inner.fate.clone(),
        tasks: tasks.clone(),
        lanes: Lanes::default(),
    };
    tasks.spawn(serve(inner, Rc::new(session)));
    Pump::new(client, outer, circuit, tools).await;
}

/// Answers requests, in HTTP/2 if the client starts with its preface, else in HTTP/1.1.
async fn serve(inner: Pipe, session: Rc<Session>) {
    let service = service_fn(|request| exchange::exchange(Rc::clone(&session), request));
    let builder = auto::Builder::new(session.tasks.clone());
    let served = builder.serve_connection_with_upgrades(TokioIo::new(inner), service);
    // Ignore errors: the other end of the pipe sees how the connection ends.
    let _ = served.await;
}
