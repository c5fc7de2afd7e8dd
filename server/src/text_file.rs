//! Text files as office programs and shells save them.

const UTF8_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];
const UTF16_MARK_LITTLE: [u8; 2] = [0xff, 0xfe];
const UTF16_MARK_BIG: [u8; 2] = [0xfe, 0xff];

/// Returns a file's bytes in UTF-8 without a byte order mark. One that begins with the mark of UTF-16, as PowerShell
/// and some editors write it, is converted. Bytes without a mark are returned as they are.
#[must_use]
pub fn decode(bytes: Vec<u8>) -> Vec<u8> {
    if let Some(rest) = bytes.strip_prefix(&UTF8_MARK) {
        return rest.to_vec();
    }
    let text = if let Some(rest) = bytes.strip_prefix(&UTF16_MARK_LITTLE) {
        utf16(rest, u16::from_le_bytes)
    } else if let Some(rest) = bytes.strip_prefix(&UTF16_MARK_BIG) {
        utf16(rest, u16::from_be_bytes)
    } else {
        None
    };
    // What is no text after all is for its reader to refuse.
    text.map_or(bytes, String::into_bytes)
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let (units, rest) = bytes.as_chunks::<2>();
    let units: Vec<u16> = units.iter().map(|pair| unit(*pair)).collect();
    if rest.is_empty() { String::from_utf16(&units).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_go_and_utf_16_is_converted() {
        let text = "{\"Å\": \"🌍\"}";
        let little = text.encode_utf16().flat_map(u16::to_le_bytes);
        let big = text.encode_utf16().flat_map(u16::to_be_bytes);
        let plain = text.as_bytes().to_vec();
        assert_eq!(decode(plain.clone()), plain);
        assert_eq!(decode([&UTF8_MARK[..], &plain].concat()), plain);
        assert_eq!(decode(UTF16_MARK_LITTLE.into_iter().chain(little.clone()).collect()), plain);
        assert_eq!(decode(UTF16_MARK_BIG.into_iter().chain(big).collect()), plain);

        let odd: Vec<u8> = UTF16_MARK_LITTLE.into_iter().chain(little.skip(1)).collect();
        assert_eq!(decode(odd.clone()), odd);
        assert_eq!(decode(Vec::new()), Vec::<u8>::new());
    }
}
