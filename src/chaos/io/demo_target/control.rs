//! Requests that make the demo target fail: `/stall?for=2s`, `/crash?for=2s`, `/flush`.

use crate::base::quantity::parse_duration;
use hyper::Uri;
use std::time::Duration;

/// What a demo target can be made to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Control {
    /// To begin and end no work for so long.
    Stall(Duration),
    /// To break all connections, and to take no new ones for so long.
    Crash(Duration),
    /// To forget what it has in its cache.
    Flush,
}

impl Control {
    /// What a request asks for; `None` if it is an ordinary one.
    pub fn asked(uri: &Uri) -> Option<Result<Self, String>> {
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
    let lasts = lasts.ok_or("say how long: `?for=2s`")?;
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
    fn control_is_asked_for_by_path() {
        assert_eq!(asked("/stall?for=1500ms"), Some(Ok(Control::Stall(Duration::from_millis(1500)))));
        assert_eq!(asked("/crash?a=b&for=2s"), Some(Ok(Control::Crash(Duration::from_secs(2)))));
        assert_eq!(asked("/flush"), Some(Ok(Control::Flush)));
        assert_eq!(asked("/stalled"), None);
        assert!(asked("/stall").unwrap().is_err());
        assert!(asked("/crash?for=ever").unwrap().is_err());
    }
}
