//! Codes → sentences, for those who type commands. The app has its own in its language files.

use samsynk_core::refusal::Refusal;

/// The sentence for a refusal; its code and parameters where there is none.
pub(super) fn sentence(refusal: &Refusal) -> String {
    let param = |name: &str| refusal.params.get(name).map_or("?", String::as_str);
    let found = template(&refusal.code).map(|template| {
        let mut text = template.to_owned();
        for (name, value) in &refusal.params {
            text = text.replace(&format!("{{{name}}}"), value);
        }
        text
    });
    found.unwrap_or_else(|| match refusal.code.as_str() {
        "personal-number" => format!(
            "looks like a personal identity number; samsynk keeps none (field {})",
            param("field")
        ),
        code if refusal.params.is_empty() => format!("refused: {code}"),
        code => {
            let params: Vec<_> = refusal.params.iter().map(|(k, v)| format!("{k}={v}")).collect();
            format!("refused: {code} ({})", params.join(", "))
        }
    })
}

/// A sentence with its parameters in braces.
fn template(code: &str) -> Option<&'static str> {
    Some(match code {
        // Imports.
        "malformed" => "{reason}",
        "file-too-large" => "the file is longer than {max} bytes",
        "duplicate-id" => "the same id stands in {other} already",
        "unknown-reference" => {
            "there is no {what} {id} in these files, nor in the directory if it keeps such"
        }
        "dates-reversed" => "the last day is before the first",
        "times-reversed" => "the end is not after the start",
        "outside-round" => "the date is outside its round",
        "own-successor" => "a unit cannot succeed itself",
        "not-a-latitude" => "expected degrees north, from -90 to 90",
        "not-a-longitude" => "expected degrees east, from -180 to 180",
        "opens-without-closes" => "opens and closes go together: give both or none",
        "field-empty" => "must not be empty",
        "unit-not-in-round" => "the unit is not among the units of the round",
        "unit-not-of-group" => "the unit is not the one that hosts the group",
        "group-too-large" => "{count} students; a group has at most {max}",
        "not-a-student" => "this person does not have the role student",
        "host-not-staff" => "a host needs a staff role, as staff@UNIT",
        "stands-twice" => "stands here twice",
        "too-many-slots" => "a visit has at most {max} slots",
        "nothing-to-publish" => "a visit without slots cannot be published",
        "text-too-long" => "the text is longer than {max} bytes",
        // Accounts.
        "no-such-account" => "there is no such account; `samsynk account list` shows them",
        "no-such-device" => "there is no such device, or it is revoked already",
        "no-such-token" => "there is no such token, or it is revoked already",
        "no-such-role" => {
            "no such role; expected student, staff@UNIT, coordinator@UNIVERSITY, supervisor, lead, union or admin"
        }
        // Data.
        "file-exists" => "{path} exists already",
        "unavailable" => "the server is stopping",
        "request-too-large" => "more than a running server takes at once: {max} bytes",
        "data-in-use" => "another samsynk process is using this data",
        "store-corrupt" => {
            "the data is damaged ({why}); `samsynk restore` puts a backup in its place"
        }
        "store-too-new" => "the data was written by a newer version of samsynk",
        "store-failed" => "the data cannot be read or written: {why}",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_names_its_parameters_and_an_unknown_code_is_shown_as_it_is() {
        let refusal = Refusal::new("group-too-large").with("count", 11).with("max", 10);
        assert_eq!(sentence(&refusal), "11 students; a group has at most 10");
        let refusal = Refusal::new("brand-new").with("what", "x");
        assert_eq!(sentence(&refusal), "refused: brand-new (what=x)");
    }
}
