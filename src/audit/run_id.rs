//! Names of runs: UUIDs of version 7 (RFC 9562, section 5.7), which sort by the time at which they were made.

use std::fmt;

use crate::time::Time;

/// What joins the records of one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunId(u128);

impl RunId {
    /// Fails where the system has no random numbers to give.
    pub fn new(time: Time) -> Result<Self, getrandom::Error> {
        let mut random = [0; 16];
        getrandom::fill(&mut random)?;
        Ok(Self::of(time, u128::from_be_bytes(random)))
    }

    /// 48 bits of milliseconds; then 74 random bits, with the version and the variant at their places among them.
    fn of(time: Time, random: u128) -> Self {
        let time = u128::from(time.milliseconds() & 0xFFFF_FFFF_FFFF) << 80;
        let version = 7 << 76;
        let variant = 0b10 << 62;
        Self(time | version | variant | (random & 0x0FFF_3FFF_FFFF_FFFF_FFFF))
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = format!("{:032x}", self.0);
        let (a, b, c) = (&digits[..8], &digits[8..12], &digits[12..16]);
        write!(formatter, "{a}-{b}-{c}-{}-{}", &digits[16..20], &digits[20..])
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_standard_comes_out() {
        // RFC 9562, appendix A.6.
        let time = Time::parse("2022-02-22T19:22:22Z").unwrap();
        let id = RunId::of(time, 0x0CC3_18C4_DC0C_0C07_398F);
        assert_eq!(id.to_string(), "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
        assert_eq!(RunId::of(time, u128::MAX).to_string(), "017f22e2-79b0-7fff-bfff-ffffffffffff");
    }

    #[test]
    fn no_two_are_the_same() {
        let time = Time::now();
        assert_ne!(RunId::new(time).unwrap(), RunId::new(time).unwrap());
    }
}
