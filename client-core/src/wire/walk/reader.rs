//! Bytes and LEB128 numbers, read from the front.

use super::error::{Malformed, Step, ensure, no};

/// What has not been read yet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a>(&'a [u8]);

/// How many bytes a 64-bit LEB128 number may take.
const LEB128_BYTES_MAX: usize = 10;

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Takes all that is left.
    pub(super) fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.0)
    }

    pub(super) fn bytes(&mut self, count: usize) -> Step<&'a [u8]> {
        match self.0.split_at_checked(count) {
            Some((bytes, rest)) => {
                self.0 = rest;
                Ok(bytes)
            }
            None => no("cut-off"),
        }
    }

    pub(super) fn array<const N: usize>(&mut self) -> Step<&'a [u8; N]> {
        match self.0.split_first_chunk() {
            Some((bytes, rest)) => {
                self.0 = rest;
                Ok(bytes)
            }
            None => no("cut-off"),
        }
    }

    pub(super) fn byte(&mut self) -> Step<u8> {
        self.array::<1>().map(|[byte]| *byte)
    }

    /// An unsigned number in as few bytes as it can be written in.
    #[inline]
    pub(super) fn unsigned(&mut self) -> Step<u64> {
        // Most numbers take one byte.
        if let Some((&byte, rest)) = self.0.split_first()
            && byte < 0x80
        {
            self.0 = rest;
            return Ok(u64::from(byte));
        }
        self.long_unsigned()
    }

    fn long_unsigned(&mut self) -> Step<u64> {
        let mut value = 0;
        for i in 0..LEB128_BYTES_MAX {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << (7 * i);
            if byte < 0x80 {
                let fits = i + 1 < LEB128_BYTES_MAX || byte <= 1;
                ensure(fits && (byte != 0 || i == 0), "number-form")?;
                return Ok(value);
            }
        }
        no("number-form")
    }

    /// A signed number in as few bytes as it can be written in.
    #[inline]
    pub(super) fn signed(&mut self) -> Step<i64> {
        let mut value = 0_i64;
        let mut last = 0;
        for i in 0..LEB128_BYTES_MAX {
            let byte = self.byte()?;
            value |= i64::from(byte & 0x7f) << (7 * i);
            if byte < 0x80 {
                // The last byte must not merely repeat the sign of the one before.
                let repeats = i > 0
                    && ((byte == 0 && last & 0x40 == 0) || (byte == 0x7f && last & 0x40 != 0));
                let fits = i + 1 < LEB128_BYTES_MAX || byte == 0 || byte == 0x7f;
                ensure(fits && !repeats, "number-form")?;
                if byte & 0x40 != 0 && 7 * (i + 1) < 64 {
                    value |= -1 << (7 * (i + 1));
                }
                return Ok(value);
            }
            last = byte;
        }
        no("number-form")
    }

    /// A number that counts something of which there may be at most so many.
    pub(super) fn count(&mut self, max: usize, what: &'static str) -> Step<usize> {
        match usize::try_from(self.unsigned()?) {
            Ok(count) if count <= max => Ok(count),
            _ => Err(Malformed { what }),
        }
    }

    /// Bytes after their length.
    pub(super) fn prefixed(&mut self) -> Step<&'a [u8]> {
        match usize::try_from(self.unsigned()?) {
            Ok(length) => self.bytes(length),
            Err(_) => no("cut-off"),
        }
    }
}
