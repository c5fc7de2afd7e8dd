//! The order in which Swedish lists names: å, ä and ö last, capitals beside small letters, numbers by their value.

use std::cmp::Ordering;

use super::text::tidy;

/// Compares two names as a Swedish reader expects.
#[must_use]
pub fn compare(a: &str, b: &str) -> Ordering {
    let (a, b) = (tidy(a), tidy(b));
    key(&a).cmp(&key(&b)).then_with(|| a.cmp(&b))
}

/// One part of a name as it is ordered.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    /// A space or a sign.
    Sign(char),
    /// A number: how many digits without leading zeros, then these.
    Number(usize, String),
    /// A letter by its place in the alphabet.
    Letter(u32),
}

fn key(name: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut letters = name.chars().flat_map(char::to_lowercase).peekable();
    while let Some(letter) = letters.next() {
        if letter.is_ascii_digit() {
            let mut digits = String::from(letter);
            while let Some(digit) = letters.next_if(char::is_ascii_digit) {
                digits.push(digit);
            }
            let digits = digits.trim_start_matches('0').to_owned();
            parts.push(Part::Number(digits.len(), digits));
        } else if letter.is_alphabetic() {
            place(letter, &mut parts);
        } else {
            parts.push(Part::Sign(letter));
        }
    }
    parts
}

/// A letter's place. Of accents and their kin only those count that make letters of their own in Swedish.
fn place(letter: char, parts: &mut Vec<Part>) {
    let plain = match letter {
        'å' => return parts.push(Part::Letter('z' as u32 + 1)),
        'ä' | 'æ' => return parts.push(Part::Letter('z' as u32 + 2)),
        'ö' | 'ø' | 'ő' => return parts.push(Part::Letter('z' as u32 + 3)),
        'à' | 'á' | 'â' | 'ã' | 'ā' | 'ă' | 'ą' => "a",
        'ç' | 'ć' | 'č' | 'ĉ' | 'ċ' => "c",
        'ð' | 'ď' | 'đ' => "d",
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ę' | 'ě' | 'ė' | 'ĕ' => "e",
        'ğ' | 'ģ' | 'ĝ' | 'ġ' | 'ǧ' => "g",
        'ì' | 'í' | 'î' | 'ï' | 'ī' | 'į' | 'ı' => "i",
        'ł' | 'ĺ' | 'ļ' => "l",
        'ñ' | 'ń' | 'ň' | 'ņ' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ō' => "o",
        'ř' | 'ŕ' => "r",
        'ś' | 'š' | 'ş' | 'ș' => "s",
        'ß' => "ss",
        'ť' | 'ţ' | 'ț' => "t",
        'þ' => "th",
        'ù' | 'ú' | 'û' | 'ū' | 'ů' | 'ű' | 'ų' => "u",
        'ü' | 'ý' | 'ÿ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        other => {
            // Other alphabets follow.
            let after = if other.is_ascii() { 0 } else { 16 };
            return parts.push(Part::Letter(other as u32 + after));
        }
    };
    parts.extend(plain.chars().map(|letter| Part::Letter(letter as u32)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_as_in_a_swedish_list() {
        let sorted = [
            "alvik",
            "Anders",
            "anders liten",
            "Andersson",
            "Edet",
            "Éva",
            "Grupp 2",
            "Grupp 10",
            "Zinken",
            "Zoe Bok",
            "Åke",
            "A\u{30a}keshov",
            "ärla",
            "Ärla gård",
            "Örjan",
            "Österåker",
        ];
        let mut names: Vec<&str> = sorted.iter().rev().copied().collect();
        names.sort_by(|a, b| compare(a, b));
        assert_eq!(names, sorted);
    }
}
