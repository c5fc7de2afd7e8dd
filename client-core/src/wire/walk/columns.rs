//! Which columns a chunk has, and where.

use super::error::{Step, ensure, no};
use super::inflate::inflate;
use super::reader::Reader;

/// The bit of a column's number that says that it is compressed.
const DEFLATE_BIT: u64 = 0b1000;

/// The columns of a table of which `N` kinds are known: for each, its length and whether it is compressed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Specs<const N: usize>([(usize, bool); N]);

impl<const N: usize> Specs<N> {
    /// Reads how many columns there are, and for each its number and length. `known` lists the numbers, ascending.
    ///
    /// Automerge passes over columns that it does not know. Nothing writes any, so none is accepted.
    pub(super) fn read(reader: &mut Reader<'_>, known: &[u64; N]) -> Step<Self> {
        let mut specs = [(0, false); N];
        let mut next = 0;
        for _ in 0..reader.count(N, "columns")? {
            let number = reader.unsigned()?;
            let place = known[next..].iter().position(|known| *known == number & !DEFLATE_BIT);
            let Some(place) = place else { return no("columns") };
            // One without bytes is not written; but such a column does no harm.
            let length = reader.count(usize::MAX, "columns")?;
            specs[next + place] = (length, number & DEFLATE_BIT != 0);
            next += place + 1;
        }
        Ok(Self(specs))
    }

    pub(super) fn are_plain(&self) -> bool {
        self.0.iter().all(|(_, compressed)| !compressed)
    }

    /// Takes the columns' bytes, as they are.
    pub(super) fn plain<'a>(&self, reader: &mut Reader<'a>) -> Step<[&'a [u8]; N]> {
        let mut columns = [&[][..]; N];
        for (column, (length, _)) in columns.iter_mut().zip(self.0) {
            *column = reader.bytes(length)?;
        }
        Ok(columns)
    }

    /// Takes the columns' bytes, and appends what the compressed ones come to to `out`, which may have at most
    /// `max` bytes.
    pub(super) fn inflated<'a>(
        &self,
        reader: &mut Reader<'a>,
        out: &mut Vec<u8>,
        max: usize,
    ) -> Step<[Column<'a>; N]> {
        let mut columns = [Column::Plain(&[]); N];
        for (column, (length, compressed)) in columns.iter_mut().zip(self.0) {
            let bytes = reader.bytes(length)?;
            *column = Column::Plain(bytes);
            if compressed {
                ensure(!bytes.is_empty(), "columns")?;
                let start = out.len();
                inflate(bytes, out, max)?;
                *column = Column::Inflated { start, end: out.len() };
            }
        }
        Ok(columns)
    }
}

/// Where a column's bytes are.
#[derive(Debug, Clone, Copy)]
pub(super) enum Column<'a> {
    Plain(&'a [u8]),
    Inflated { start: usize, end: usize },
}

impl<'a> Column<'a> {
    pub(super) fn bytes(self, inflated: &'a [u8]) -> &'a [u8] {
        match self {
            Self::Plain(bytes) => bytes,
            Self::Inflated { start, end } => &inflated[start..end],
        }
    }
}
