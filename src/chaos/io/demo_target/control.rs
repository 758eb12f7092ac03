//! Requests that make the demo target fail: `/stall?for=2s`, `/crash?for=2s`, `/flush`.

use crate::base::quantity::parse_duration;
use hyper::Uri;
use std::time::Duration;

/// A failure that a request can trigger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Control {
    /// No service begins or ends for this long.
    Stall(Duration),
    /// All connections are broken, and no new ones are accepted for this long.
    Crash(Duration),
    /// The cache is emptied.
    Flush,
}

impl Control {
    /// Reads the failure that a request asks for; `None` for an ordinary request. Fails if the duration
    /// is missing or invalid.
    pub(super) fn asked(uri: &Uri) -> Option<Result<Self, String>> {
        match uri.path() {
            "/stall" => Some(lasts(uri).map(Self::Stall)),
            "/crash" => Some(lasts(uri).map(Self::Crash)),
            "/flush" => Some(Ok(Self::Flush)),
            _ => None,
        }
    }
}

fn lasts(uri: &Uri) -> Result<Duration, String> {
    let mut parameters = uri.query().unwrap_or_default().split('&');
    let lasts = parameters.find_map(|parameter| parameter.strip_prefix("for="));
    let lasts = lasts.ok_or("the duration is missing: append `?for=2s`")?;
    Duration::try_from_secs_f64(parse_duration(lasts)?).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::Control;
    use std::time::Duration;

    fn asked(uri: &str) -> Option<Result<Control, String>> {
        Control::asked(&uri.parse().unwrap())
    }

    #[test]
    fn control_commands_are_read_from_path_and_query() {
        assert_eq!(asked("/stall?for=1500ms"), Some(Ok(Control::Stall(Duration::from_millis(1500)))));
        assert_eq!(asked("/crash?a=b&for=2s"), Some(Ok(Control::Crash(Duration::from_secs(2)))));
        assert_eq!(asked("/flush"), Some(Ok(Control::Flush)));
        assert_eq!(asked("/stalled"), None);
        assert!(asked("/stall").unwrap().is_err());
        assert!(asked("/crash?for=ever").unwrap().is_err());
    }
}
