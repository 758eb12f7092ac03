//! The alarm on Linux: a timerfd, which becomes readable at a deadline, to the microsecond.

use crate::chaos::io::readiness::readable;
use rustix::io::Errno;
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
};
use std::io;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};
use tokio::io::unix::AsyncFd;

/// Fires once, at the deadline that was set last.
#[derive(Debug)]
pub(super) struct Alarm {
    timer: AsyncFd<OwnedFd>,
}

/// The shortest time to set: zero would disarm the timer.
const SOONEST: Duration = Duration::from_nanos(1);

impl Alarm {
    pub(super) fn new() -> io::Result<Self> {
        let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
        let timer = timerfd_create(TimerfdClockId::Monotonic, flags)?;
        let timer = readable(timer)?;
        Ok(Self { timer })
    }

    pub(super) fn set(&self, at: Instant) -> io::Result<()> {
        let left = at.saturating_duration_since(Instant::now()).max(SOONEST);
        let once = Itimerspec { it_interval: timespec(Duration::ZERO), it_value: timespec(left) };
        timerfd_settime(self.timer.get_ref(), TimerfdTimerFlags::empty(), &once)?;
        Ok(())
    }

    pub(super) async fn rings(&self) -> io::Result<()> {
        loop {
            let mut ready = self.timer.readable().await?;
            let mut expirations = [0_u8; 8];
            let read = rustix::io::read(ready.get_inner(), &mut expirations);
            // One read empties a timerfd, so no second read is needed to learn that nothing is left.
            ready.clear_ready();
            match read {
                Ok(_) => return Ok(()),
                Err(Errno::AGAIN | Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

fn timespec(time: Duration) -> Timespec {
    Timespec {
        tv_sec: i64::try_from(time.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: time.subsec_nanos().into(),
    }
}
