//! Writes CBOR maps the way cbor-x does: 16-bit lengths of maps, and integers above 2^32 as float64.
//! JavaScript would read a 64-bit integer as a `BigInt`, which does not mix with its numbers.

use std::convert::Infallible;

use minicbor::Encoder;

use super::key::Key;

/// The largest integer that cbor-x writes as an integer.
const INTEGER_MAX: u64 = u32::MAX as u64;

/// The largest integer that float64 tells from its neighbours.
const FLOAT_INTEGER_MAX: u64 = (1 << 53) - 1;

/// One map being written.
pub(super) struct Writer {
    to: Encoder<Vec<u8>>,
    /// Where the two bytes of the map's length are.
    length_at: usize,
    count: u16,
}

impl Writer {
    /// The bytes of the map that `fill` writes.
    pub(super) fn message(room: usize, fill: impl FnOnce(&mut Self)) -> Vec<u8> {
        let mut writer =
            Self { to: Encoder::new(Vec::with_capacity(room)), length_at: 0, count: 0 };
        writer.map(fill);
        writer.to.into_writer()
    }

    fn map(&mut self, fill: impl FnOnce(&mut Self)) {
        let out = self.to.writer_mut();
        out.extend_from_slice(&[0xb9, 0, 0]);
        let outer = (self.length_at, self.count);
        (self.length_at, self.count) = (out.len() - 2, 0);
        fill(self);
        let length = self.count.to_be_bytes();
        let length_at = self.length_at;
        self.to.writer_mut()[length_at..length_at + 2].copy_from_slice(&length);
        (self.length_at, self.count) = outer;
    }

    fn name(&mut self, name: &str) {
        self.count = self.count.checked_add(1).expect("limits keep maps below 65,536 entries");
        written(self.to.str(name));
    }

    /// An entry that is a text.
    pub(super) fn text(&mut self, key: Key, value: &str) {
        self.name(key.name());
        written(self.to.str(value));
    }

    /// An entry that is a text, or none.
    pub(super) fn text_if(&mut self, key: Key, value: Option<&str>) {
        if let Some(value) = value {
            self.text(key, value);
        }
    }

    /// An entry that is a byte string.
    pub(super) fn bytes(&mut self, key: Key, value: &[u8]) {
        self.name(key.name());
        written(self.to.bytes(value));
    }

    /// An entry that is true or false.
    pub(super) fn flag(&mut self, key: Key, value: bool) {
        self.name(key.name());
        written(self.to.bool(value));
    }

    /// An entry that is a whole number.
    pub(super) fn number(&mut self, key: Key, value: u64) {
        self.name(key.name());
        if (INTEGER_MAX + 1..=FLOAT_INTEGER_MAX).contains(&value) {
            // At most 53 bits: the conversion is exact.
            #[allow(clippy::cast_precision_loss)]
            written(self.to.f64(value as f64));
        } else {
            written(self.to.u64(value));
        }
    }

    /// An entry that is a list of texts.
    pub(super) fn list<T: AsRef<str>>(
        &mut self,
        key: Key,
        items: impl ExactSizeIterator<Item = T>,
    ) {
        self.name(key.name());
        written(self.to.array(items.len() as u64));
        for item in items {
            written(self.to.str(item.as_ref()));
        }
    }

    /// An entry that is a map.
    pub(super) fn nested(&mut self, name: &str, fill: impl FnOnce(&mut Self)) {
        self.name(name);
        self.map(fill);
    }
}

fn written<T>(result: Result<T, minicbor::encode::Error<Infallible>>) {
    result.map(drop).expect("writing to a Vec cannot fail");
}
