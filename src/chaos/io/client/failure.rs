//! What kind of failure an error of the connection is.

use crate::chaos::observation::Failure;
use std::error::Error;
use std::io;

/// Looks through an error and all that caused it. What is left is a connection that broke.
pub(super) fn of(error: &hyper::Error) -> Failure {
    let mut causes = std::iter::successors(error.source(), |&cause| cause.source());
    let told = causes.find_map(cause);
    let protocol = error.is_parse().then_some(Failure::Protocol);
    protocol.or(told).unwrap_or(Failure::Broken)
}

fn cause(cause: &(dyn Error + 'static)) -> Option<Failure> {
    if let Some(error) = cause.downcast_ref::<h2::Error>() {
        // What the library itself objects to is not as the protocol has it.
        return error.is_library().then_some(Failure::Protocol);
    }
    let io = cause.downcast_ref::<io::Error>()?;
    // It hides the error that it was made from, if there was one, from `source`.
    if io.get_ref().is_some_and(<dyn Error + Send + Sync>::is::<rustls::Error>) {
        return Some(Failure::Tls);
    }
    // No socket says that; a body in chunks does whose lengths are none.
    let misspoken = [io::ErrorKind::InvalidData, io::ErrorKind::InvalidInput];
    misspoken.contains(&io.kind()).then_some(Failure::Protocol)
}
