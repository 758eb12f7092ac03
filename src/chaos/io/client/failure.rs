//! Classifies the errors of a connection as failures.

use crate::chaos::observation::Failure;
use std::error::Error;
use std::io;

/// Classifies an error by itself and its causes. Any error that is not recognised counts as a broken
/// connection.
pub(super) fn of(error: &hyper::Error) -> Failure {
    let mut causes = std::iter::successors(error.source(), |&cause| cause.source());
    let known = causes.find_map(cause);
    let protocol = error.is_parse().then_some(Failure::Protocol);
    protocol.or(known).unwrap_or(Failure::Broken)
}

fn cause(cause: &(dyn Error + 'static)) -> Option<Failure> {
    if let Some(error) = cause.downcast_ref::<h2::Error>() {
        // The library raises an error of its own when the peer violates the protocol.
        return error.is_library().then_some(Failure::Protocol);
    }
    let io = cause.downcast_ref::<io::Error>()?;
    // `source` of an `io::Error` skips the error that it wraps.
    if io.get_ref().is_some_and(<dyn Error + Send + Sync>::is::<rustls::Error>) {
        return Some(Failure::Tls);
    }
    // Sockets do not return these kinds; a chunked body with an invalid chunk length does.
    let protocol_errors = [io::ErrorKind::InvalidData, io::ErrorKind::InvalidInput];
    protocol_errors.contains(&io.kind()).then_some(Failure::Protocol)
}
