//! The HTTP proxy: passes the requests that arrive through the lines of a client's connection over
//! upstream connections that this client shares with no other, in the version of HTTP in which they came.
//!
//! Without a fault it changes nothing but the number of a request, which it takes off, and the name of
//! the proxy itself, which it replaces by that of the target.
//!
//! | part | purpose |
//! |---|---|
//! | `one` | HTTP/1.1, byte for byte |
//! | `two` | HTTP/2 |
//! | `outlet` | connections to the upstream |
//! | `session` | what the exchanges of one client's connection share |
//! | `plan` | the faults of one exchange, as they are drawn |
//! | `body` | the faults of a body |

mod body;
mod one;
pub(super) mod outlet;
mod plan;
mod session;
mod two;

use super::circuit::Circuit;
use super::end::{Pipe, pipe};
use super::pump::Pump;
use super::tools::Tools;
use crate::chaos::io::tasks::Tasks;
use one::Reader;
use outlet::Outlet;
use session::Session;
use std::rc::Rc;
use std::sync::Arc;
use tokio::io::split;
use tokio::net::TcpStream;

/// What HTTP/2 starts with, as far as no request of HTTP/1.1 does (RFC 9113, section 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0";

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
    };
    tasks.spawn(serve(inner, Rc::new(session)));
    Pump::new(client, outer, circuit, tools).await;
}

/// Serves requests, in HTTP/2 if the client starts with its preface, else in HTTP/1.1.
async fn serve(pipe: Pipe, session: Rc<Session>) {
    let (read, back) = split(pipe);
    let mut client = Reader::new(read);
    let starts_alike = |bytes: &[u8]| bytes.iter().zip(PREFACE).all(|(own, preface)| own == preface);
    while client.bytes.len() < PREFACE.len() && starts_alike(&client.bytes) {
        if client.receive().await.unwrap_or(0) == 0 {
            return;
        }
    }
    if starts_alike(&client.bytes) {
        two::serve(client, back, session).await;
    } else {
        one::serve(client, back, session).await;
    }
}
