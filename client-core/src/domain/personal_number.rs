//! Swedish personal identity and co-ordination numbers in people's texts.

/// How many signs may stand between two groups of digits, beside spaces.
const SIGNS_MAX: usize = 3;

/// In how many digits the groups of a number come: the date, in one or parted, and the last four.
///
/// Ten digits in a row are as likely a telephone number or a meeting's, and are let through.
const GROUPS: [&[usize]; 5] = [&[12], &[6, 4], &[8, 4], &[4, 2, 2, 4], &[2, 2, 2, 4]];

/// Whether the text holds what looks like a Swedish personal identity or co-ordination number (Skatteverket, SKV 704):
/// a possible date, four digits and the check digit of the Luhn algorithm, in the forms that people write.
///
/// These are `YYYYMMDDNNNN`, and with any signs or spaces between the groups `YYMMDD-NNNN`, `YYYYMMDD-NNNN`,
/// `YYYY-MM-DD-NNNN` and `YY-MM-DD-NNNN`, and all digits apart. Digits of other scripts are digits.
pub(super) fn holds_personal_number(text: &str) -> bool {
    holds(text, |_| true)
}

/// Whether a link holds such a number. Its parts are texts of their own: a folder named by a day is no date of birth.
pub(super) fn link_holds_personal_number(link: &str) -> bool {
    holds(link, |sign| !matches!(sign, '/' | '?' | '=' | '&' | '#' | '%'))
}

fn holds(text: &str, parts_a_number: fn(char) -> bool) -> bool {
    let runs = runs(text);
    (0..runs.len()).any(|first| {
        let rest = &runs[first..];
        let apart =
            [10, 12].into_iter().any(|count| is_number(rest, &vec![1; count], parts_a_number));
        apart || GROUPS.iter().any(|groups| is_number(rest, groups, parts_a_number))
    })
}

/// Digits in a row, and what stands before them since the digits or letters before.
struct Run {
    digits: Vec<u32>,
    before: Vec<char>,
    /// Whether a letter stands right before or right after: then they are part of a word.
    in_word: bool,
}

fn runs(text: &str) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let (mut before, mut in_digits, mut after_letter) = (Vec::new(), false, false);
    for letter in text.chars() {
        match (digit(letter), runs.last_mut()) {
            (Some(digit), Some(run)) if in_digits => run.digits.push(digit),
            (Some(digit), _) => {
                let before = std::mem::take(&mut before);
                runs.push(Run { digits: vec![digit], before, in_word: after_letter });
            }
            (None, Some(run)) if in_digits && letter.is_alphabetic() => run.in_word = true,
            _ => {}
        }
        in_digits = digit(letter).is_some();
        after_letter = letter.is_alphabetic();
        if !in_digits {
            before.push(letter);
        }
    }
    // What stands behind the last.
    runs.push(Run { digits: Vec::new(), before, in_word: false });
    runs
}

/// The value of a decimal digit, as keyboards and copied texts have them.
fn digit(letter: char) -> Option<u32> {
    const ZEROS: [char; 5] = ['0', '\u{ff10}', '\u{660}', '\u{6f0}', '\u{966}'];
    if let '\u{1d7ce}'..='\u{1d7ff}' = letter {
        return Some((u32::from(letter) - 0x1d7ce) % 10);
    }
    let of =
        |zero: char| u32::from(letter).checked_sub(u32::from(zero)).filter(|value| *value < 10);
    ZEROS.into_iter().find_map(of)
}

/// Whether the first runs are a number in these groups, and end with it.
fn is_number(runs: &[Run], groups: &[usize], parts_a_number: fn(char) -> bool) -> bool {
    let Some(taken) = runs.get(..groups.len()) else { return false };
    let fits =
        taken.iter().zip(groups).all(|(run, count)| run.digits.len() == *count && !run.in_word);
    let parted = || {
        let separators: Vec<&[char]> = taken[1..].iter().map(|run| &run.before[..]).collect();
        separators.iter().all(|signs| is_separator(signs, parts_a_number))
            && is_told_apart(&separators, groups)
    };
    let digits = || taken.iter().flat_map(|run| run.digits.iter().copied()).collect::<Vec<_>>();
    fits && parted() && !goes_on(&runs[groups.len()..], groups) && is_personal_number(&digits())
}

fn is_separator(signs: &[char], parts_a_number: fn(char) -> bool) -> bool {
    let count = signs.iter().filter(|sign| !sign.is_whitespace()).count();
    count <= SIGNS_MAX && signs.iter().all(|sign| !sign.is_alphanumeric() && parts_a_number(*sign))
}

/// A short date before a time of day, such as `13.12.21 1015`, is none: four groups are parted alike, or the last by a sign.
fn is_told_apart(separators: &[&[char]], groups: &[usize]) -> bool {
    if groups != [2, 2, 2, 4] {
        return true;
    }
    let has_sign = |signs: &[char]| signs.iter().any(|sign| !sign.is_whitespace());
    let alike = separators.windows(2).all(|pair| pair[0] == pair[1]);
    alike || separators.last().is_some_and(|signs| has_sign(signs))
}

/// Whether more digits follow right behind a sign, as in a range of days, or behind digits that stand apart.
fn goes_on(rest: &[Run], groups: &[usize]) -> bool {
    let Some(next) = rest.first().filter(|next| !next.digits.is_empty()) else { return false };
    match next.before[..] {
        ['-' | '–' | ':' | '.' | '/'] => true,
        [' '] => groups.len() > 4 && next.digits.len() == 1,
        _ => false,
    }
}

/// Whether these are the digits of a number, with or without its century.
fn is_personal_number(digits: &[u32]) -> bool {
    let ten = match digits.len() {
        10 => digits,
        12 if matches!(digits[..2], [1, 8 | 9] | [2, 0]) => &digits[2..],
        _ => return false,
    };
    let month = ten[2] * 10 + ten[3];
    // A co-ordination number adds 60 to the day.
    let day = (ten[4] * 10 + ten[5]) % 60;
    (1..=12).contains(&month) && (1..=31).contains(&day) && luhn_sum(ten).is_multiple_of(10)
}

fn luhn_sum(digits: &[u32]) -> u32 {
    let doubled = |(i, digit): (usize, &u32)| match (i % 2, digit * 2) {
        (0, twice) if twice > 9 => twice - 9,
        (0, twice) => twice,
        _ => *digit,
    };
    digits.iter().enumerate().map(doubled).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The Tax Agency's own specimen, as people write it.
    #[test]
    fn numbers_are_found_in_the_forms_that_people_write() {
        for number in [
            "811218-9876",
            "call 198112189876 now",
            "811218+9876",
            "811218 9876",
            "811218–9876",
            "811218\u{2011}9876",
            "811218.9876",
            "811218/9876",
            "811218,9876",
            "811218:9876",
            "811218~9876",
            "811218 - 9876",
            "811218 : 9876",
            "811218 (9876)",
            "811218\u{a0}9876",
            "81 12 18-9876",
            "81-12-18-9876",
            "81 12 18 9876",
            "81/12/18 - 9876",
            "19811218-9876",
            "19811218 9876",
            "1981-12-18-9876",
            "1981-12-18 9876",
            "1981.12.18-9876",
            "1981 12 18 9876",
            "8 1 1 2 1 8 9 8 7 6",
            "1 9 8 1 1 2 1 8 9 8 7 6",
            "8.1.1.2.1.8-9.8.7.6",
            "８１１２１８-９８７６",
            "٨١١٢١٨-٩٨٧٦",
            "𝟪𝟣𝟣𝟤𝟣𝟪-𝟫𝟪𝟩𝟨",
            "pnr:811218-9876.",
            "(811218-9876)",
            "181811218-9876 811218-9876",
            "811278-9873",
            "?pwd=811218-9876",
            "rum 4, 811218-9876",
        ] {
            assert!(holds_personal_number(number), "{number}");
        }
        for link in [
            "https://zoom.example/j/811218-9876",
            "https://zoom.example/j/198112189876",
            "https://zoom.example/j?pwd=811218-9876",
            "https://zoom.example/81-12-18-9876",
        ] {
            assert!(link_holds_personal_number(link), "{link}");
        }
    }

    #[test]
    fn other_digits_are_let_through() {
        for fine in [
            "0701234569",
            "0401234562",
            "070-123 45 69",
            "08-508 15 000",
            "+46 70 123 45 69",
            "8112189876",
            "https://zoom.example/j/8112189876",
            "811 2189 876",
            "811218-9875",
            "811318-9876",
            "2021-12-13",
            "2021-12-13–2021-12-15",
            "2021-12-13 10:15",
            "13.12.21 1018",
            "13–15 December",
            "10:15-11:45",
            "kl 9-",
            "1+",
            "0f811218-9876",
            "811218-98765",
            "811218-9876-12",
            "811218 och 9876",
            "1 2 3 4 5 6 7 8 9 10 11 12",
            "4 500:-, 12 000 kr",
            "",
        ] {
            assert!(!holds_personal_number(fine), "{fine}");
        }
        for link in [
            "https://zoom.example/j/8112189876",
            "https://x.example/811218/9876",
            "https://x.example/?day=811218&id=9876",
        ] {
            assert!(!link_holds_personal_number(link), "{link}");
        }
    }

    /// Ten digits with a possible date of birth whose last is the check digit, plus an error in that.
    fn ten_digits() -> impl Strategy<Value = [Vec<u32>; 2]> {
        let date = (0..100_u32, 1..=12_u32, 1..=28_u32, any::<bool>());
        (date, 0..1_000_u32, 1..10_u32).prop_map(
            |((year, month, day, coordinated), number, error)| {
                let day = if coordinated { day + 60 } else { day };
                let text = format!("{year:02}{month:02}{day:02}{number:03}");
                let mut digits: Vec<u32> =
                    text.chars().filter_map(|digit| digit.to_digit(10)).collect();
                let check = (10 - luhn_sum(&digits) % 10) % 10;
                let mut wrong = digits.clone();
                digits.push(check);
                wrong.push((check + error) % 10);
                [digits, wrong]
            },
        )
    }

    fn written(digits: &[u32], groups: &[usize], separator: &str) -> String {
        let mut rest = digits;
        let parts = groups.iter().map(|count| {
            let (part, left) = rest.split_at(*count);
            rest = left;
            part.iter().map(ToString::to_string).collect::<String>()
        });
        parts.collect::<Vec<_>>().join(separator)
    }

    proptest! {
        #[test]
        fn the_check_digit_decides_in_each_form(
            [right, wrong] in ten_digits(),
            form in prop::sample::select(vec![vec![6, 4], vec![2, 2, 2, 4], vec![1; 10], vec![8, 4], vec![4, 2, 2, 4], vec![12]]),
            separator in prop::sample::select(vec!["-", " ", "–", ".", ",", ":", " : ", " - ", "/", "~", "\u{a0}", "_"]),
        ) {
            let century = if form.iter().sum::<usize>() == 12 { vec![1, 9] } else { Vec::new() };
            let whole = |digits: &[u32]| written(&[&century[..], digits].concat(), &form, separator);
            prop_assert!(holds_personal_number(&format!("Ring {}, tack", whole(&right))), "{}", whole(&right));
            prop_assert!(!holds_personal_number(&whole(&wrong)), "{}", whole(&wrong));
        }

        #[test]
        fn what_is_written_otherwise_is_let_through(
            day in "20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])",
            time in "([01][0-9]|2[0-3])[.:][0-5][0-9]",
            phone in "(\\+46 |0)7[0236]([- ][0-9]{3} [0-9]{2} [0-9]{2}|[0-9]{7})",
            local in "0[1-9][0-9]?-[0-9]{3} [0-9]{2} [0-9]{2,3}",
            room in "[A-F]?[0-9]{1,4}[a-c]?",
            price in "[1-9][0-9]{0,2}( [0-9]{3}){0,2}(,[0-9]{2}|:-)?",
            meeting in "([0-9]{3} [0-9]{3,4} [0-9]{4}|[0-9]{9,11})",
        ) {
            for fine in [&day, &time, &phone, &local, &room, &price, &meeting] {
                prop_assert!(!holds_personal_number(fine), "{}", fine);
            }
            let told = format!("{day} kl. {time}, rum {room}. Ring {phone} eller {local}; {price} kr, möte {meeting}.");
            prop_assert!(!holds_personal_number(&told), "{}", told);
            let range = format!("{day} {time}–{time}");
            prop_assert!(!holds_personal_number(&range), "{}", range);
            let link = format!("https://zoom.example/j/{}?day={day}", meeting.replace(' ', ""));
            prop_assert!(!link_holds_personal_number(&link), "{}", link);
        }
    }
}
