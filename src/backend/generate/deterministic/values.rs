//! Which unquoted words are values, and which may say something about a value instead (service.md 8.8).
//!
//! Text in quotes is a value. So is a word of an enumeration, and a word that can only be a code or a name: `US`,
//! `refund:write`, `senior-adjuster`, `user_42`. A plain word is one where a name is asked for (`role admin`, `the claim
//! type is health`), unless it is one that tells how something is (`valid`, `empty`, `higher`), how many (`several`), or
//! which (`theirs`). Those are refused: a policy that compares with the text `"empty"` is not what anybody meant.

mod texts;

use super::cursor::{is_structure, is_structure_word};
use super::tokens::{Kind, Token};
pub(super) use texts::Part;

/// Which words are values in a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    /// Text in quotes: `contains PII` does not ask for these letters.
    Quoted,
    /// Any word: it is compared with the values that there are.
    Checked,
    /// Text in quotes, and words that can only be codes or names.
    Codes,
    /// Also plain words, but for those that tell how, how many or which.
    Names,
    /// The same, and words for ranks: directly behind `role` they are roles, and what a role is like behind `role is`.
    Roles,
    /// In front of the noun, where adjectives stand (`the manager role`): of the plain words only those that are known
    /// to name people or departments.
    Titles,
    /// The same behind `a`: people only. A finance role is any that people in finance have.
    People,
}

/// Whether a word is a value there. `shouted`: the whole sentence is in capitals, so that they tell nothing.
pub(super) fn is_value(token: &Token, takes: Takes, shouted: bool) -> bool {
    if token.kind == Kind::Quoted {
        return true;
    }
    if !token.is_word() || is_structure(token) {
        return false;
    }
    if takes == Takes::Quoted {
        // An address, or the part of one behind its name.
        return token.text.contains('@') && is_code(&token.text, &token.low);
    }
    if takes == Takes::Checked {
        return true;
    }
    if matches!(takes, Takes::Titles | Takes::People) && token.text.starts_with(|c: char| c.is_ascii_digit())
    {
        // `2 roles`, `a 2nd role`.
        return false;
    }
    let plain = token.text.chars().all(char::is_alphabetic);
    is_code(&token.text, &token.low) && !(shouted && plain)
        || match takes {
            Takes::Quoted | Takes::Checked | Takes::Codes => false,
            Takes::Names => plain && !tells_how(&token.low),
            Takes::Roles => plain && (!tells_how(&token.low) || is_rank(&token.low)),
            Takes::Titles => plain && is_title(&token.low),
            Takes::People => plain && is_title(&token.low) && !listed(DEPARTMENTS, &token.low),
        }
}

/// Why a word is no value, as the end of a refusal.
pub(super) fn hint(token: &Token) -> Option<String> {
    if !token.is_word() || is_structure(token) {
        return None;
    }
    let word = &token.text;
    Some(if listed(NOTHING, &token.low) {
        format!("`{word}` can mean a text or that there is none; say `is missing`, or put a text in quotes")
    } else {
        format!("`{word}` may be a value or say something about one; put a value in quotes")
    })
}

/// Whether a word can only be a code or a name: it has a digit, a sign inside, capitals inside, or capitals alone.
fn is_code(text: &str, low: &str) -> bool {
    const SIGNS: [char; 8] = ['_', '-', ':', '.', '/', '@', '+', '#'];
    // A `*` can be a star or any text, a `$` an amount.
    if !text.chars().all(|c| c.is_alphanumeric() || SIGNS.contains(&c))
        || !text.contains(char::is_alphanumeric)
    {
        return false;
    }
    if text.contains(['_', ':', '.', '@', '#', '+']) || text.contains(|c: char| c.is_ascii_digit()) {
        return true;
    }
    if text.contains('/') {
        // `and/or`, `read/write`.
        return false;
    }
    if text.contains('-') {
        return is_hyphenated_name(low);
    }
    // Capitals stress words, too: `NULL`, `ANY`, `REASONABLE`.
    text.chars()
        .skip(1)
        .chain(text.chars().take(1).filter(|_| text.len() == 1))
        .any(char::is_uppercase)
        && !tells_how_in_capitals(low)
}

/// `senior-adjuster`, but not `up-to-date`, `non-empty`, `third-party`, `high-risk`, `cloud-based`.
fn is_hyphenated_name(low: &str) -> bool {
    let parts: Vec<&str> = low.split('-').collect();
    let words = parts
        .iter()
        .all(|part| !part.is_empty() && !is_structure_word(part));
    let first = parts.first().is_some_and(|first| listed(JOINED_FIRST, first));
    let last = parts
        .last()
        .is_some_and(|last| listed(JOINED_LAST, last) || tells_how(last));
    words && !first && !last
}

fn tells_how_in_capitals(low: &str) -> bool {
    const ENDS: [&str; 6] = ["able", "ible", "ful", "ous", "less", "ly"];
    [NOTHING, HOW, WHICH].into_iter().any(|words| listed(words, low))
        || compares(low)
        || low.len() > 4 && ENDS.iter().any(|end| low.ends_with(end))
}

/// Whether a word tells how something is, how many or which: by a list, or by its form. What has the form and is a noun
/// all the same is listed, too; what is not is refused, and can be put in quotes.
pub(super) fn tells_how(low: &str) -> bool {
    const ENDS: [&str; 32] = [
        "able", "ible", "ed", "ing", "ous", "ful", "less", "ly", "ive", "al", "ary", "ory", "ic", "ate",
        "ant", "ent", "est", "ish", "like", "some", "ward", "wards", "wise", "fold", "proof", "most", "teen",
        "eenth", "tieth", "ile", "esque", "ier",
    ];
    // `busy`, `faulty`, but not `security`, `delivery`, `agency`, `survey`.
    const NOUNS_IN_Y: [&str; 9] = ["ity", "ry", "cy", "gy", "phy", "ey", "ay", "oy", "uy"];
    if [NOTHING, HOW, WHICH, PRONOUNS]
        .into_iter()
        .any(|words| listed(words, low))
        || compares(low)
    {
        return true;
    }
    if listed(NOUNS, low) || low.ends_with("ment") {
        return false;
    }
    let ends = |ends: &[&str]| ends.iter().any(|end| low.ends_with(end));
    let negated = low.starts_with("non")
        || low.starts_with("un") && !low.starts_with("uni") && !low.starts_with("under");
    let in_y = low.ends_with('y') && !ends(&NOUNS_IN_Y);
    low.len() > 3 && (negated || in_y || ends(&ENDS))
}

/// Whether a word for how something is is also what roles are called.
pub(super) fn is_rank(low: &str) -> bool {
    listed(RANKS, low)
}

/// `stronger`, `wider`, `busier`, `bigger`.
fn compares(low: &str) -> bool {
    let Some(base) = low.strip_suffix("er").filter(|_| !listed(PEOPLE, low)) else {
        return false;
    };
    let of = |base: &str| listed(HOW, base);
    let doubled = base.chars().next_back().and_then(|last| base.strip_suffix(last));
    of(base)
        || of(&format!("{base}e"))
        || base.strip_suffix('i').is_some_and(|base| of(&format!("{base}y")))
        || doubled.is_some_and(of)
}

/// Whether a word names people by what they are, or a department, and nothing else.
pub(super) fn is_title(low: &str) -> bool {
    const ENDS: [&str; 4] = ["er", "or", "ist", "yst"];
    let single = low.strip_suffix('s').unwrap_or(low);
    let known = [PEOPLE, DEPARTMENTS, NOUNS]
        .into_iter()
        .any(|words| listed(words, low) || listed(words, single));
    known || single.len() > 4 && ENDS.iter().any(|end| single.ends_with(end)) && !tells_how(single)
}

/// Whether a word is one of those that stand there with spaces between them.
pub(super) fn listed(words: &str, word: &str) -> bool {
    words.split_whitespace().any(|listed| listed == word)
}

/// Words for what is not there.
const NOTHING: &str = "empty blank null nil none nothing void undefined unset n/a na nan tbd";

/// Words that have none of the endings, and tell how something is.
const HOW: &str = "
    somewhere elsewhere upstairs downstairs forever altogether lesser suburban rural
    about above abroad abrupt absolute abstract absurd active acute adult adverse afraid again ago ahead akin alien
    alone along also always ample angry anterior antique anyhow anymore anyone anyway anywhere apart apt around aside
    asleep average awake aware away back bad bare behind below besides better beyond big billion bitter black bland
    blind blue blunt bogus bold borderline both bottom bought bound brave brief bright broad broken brought brown
    built calm certain cheap chief chosen circular civil civilian clean clear clever close cold common compact
    complete complex concave concise concrete convex cool correct corrupt crisp cross crude cruel custom cut damn
    dark dead deaf dear deep default definite dense different difficult dim direct discrete dissimilar distinct
    diverse divine dodgy done double down downstream dozen drawn driven drunk dry due dumb eager earlier eastern
    eight eighth eleven else enough entire equal erect even ever everyday everyone everywhere exact exempt explicit
    express exterior external extra extreme faint fair fake false familiar fancy far farther fast fat few fierce
    fiery fifth final fine finite firm first fit flat flush forbidden foreign former forth found four fourth frail
    free fresh full further furthermore gay gentle genuine given glad golden gone good grave gray great green grey
    grim gross grown half halfway hard harsh head heavier held hence here hers hidden high his hit home hot however
    huge human hungry icy idle ill illegal illicit immature immense imperfect implicit imprecise improper in inactive
    incomplete incorrect indefinite indirect indistinct indoor inert inferior infinite inhumane initial insane inside
    instead intact intense interim interior internal invalid inverse irregular its joint junior just keen kept kind
    known large last later latter lead lean left legal legit let light linear liquid little local long loose lost
    loud low mad made main major mature maximum maybe mean mere merry met mid mild million mine minimum minor misc
    mistaken modern more moreover morose much multiple mundane mute narrow near net never new next nice nine ninth no
    noble normal northern now nowhere nuclear null oblique obscene obscure obsolete odd off offline offshore often ok
    okay old on once one online onshore opaque open opposite optimum orange orthodox other ours out outdoor outside
    over overall overdue overhead overnight overseas overt own paid pale parallel past peculiar perfect perhaps
    perverse petite pink plain polite poor popular posterior precise premier prime prior private pro profound profuse
    prompt prone proper proud public pure purple put queer quick quiet quite random rapid rare rather raw real recent
    red regular remote resolute reverse rich right rigid ripe robust rotten rough routine rude sad safe same sane
    scarce second secret secure seen seldom select senior set seven seventh several severe shallow sharp sheer short
    shown shut sick similar simple sincere single singular sinister six sixth slack slender slim slow small smart
    smooth sober soft sold sole solid somehow someone sometime sometimes somewhat soon sore sorry sour southern spare
    sparse spectacular spicy stale standard steep stern stiff still stolen straight strange stray strict strong
    stupid sublime subtle sudden sundry super superb superior supreme sure suspect sweet swift sworn taken tall ten
    tenth theirs then there thereafter therefore thereof thick thin third thorough though thousand three through thus
    tight today together told tomorrow tonight too top torn total tough triple trite true twelve twice two ulterior
    under undercover underground understood unique up upright upset upstream urban utter vague vain valid vast very
    vivid void vulgar warm watery weak weird welcome well western wet whatever where whichever white whoever whole
    whose wide wild withdrawn within worn worse worst worth written wrong wry yellow yes yesterday yet young yours
    zero
";

/// Words that tell which, of what kind, or what of it: no names of their own.
const WHICH: &str = "
    a i an the this that these those such some any all each every either neither another certain particular specific
    special own self you we they he she me them
    access permission permissions privilege privileges right rights requirement requirements restriction restrictions
    membership memberships assignment assignments mapping level levels name names id ids value values type types claim
    claims role roles scope scopes group groups token tokens header headers list lists count number numbers set sets
    iam aws oauth jwt oidc saml cognito idp api mcp gateway
";

/// Words that are codes in capitals: `US`, `IT`.
const PRONOUNS: &str = "us it";

/// What a word with a hyphen begins with when it is no name ..
const JOINED_FIRST: &str = "
    non not un well high low long short full part first second third self cross pre post anti pro ex semi multi up out off
    over under one two three real open old new well best top so half all any
";

/// .. and what it ends with.
const JOINED_LAST: &str = "
    free based proof like wide level risk time value only made old grade class date party term case end style type size
";

/// Nouns with the ending of an adjective.
const NOUNS: &str = "
    agent president resident student client patient parent accountant assistant consultant merchant participant attendant
    tenant applicant occupant executive representative detective secretary associate delegate candidate advocate graduate
    engineering marketing accounting billing shipping purchasing banking trading underwriting manufacturing testing
    training staffing planning hiring consulting lending housing nursing logging monitoring reporting
    guest request test harvest west accident incident event content rent patent plant grant
    tier cashier carrier supplier courier soldier file profile property warranty party duty deputy specialty royalty loyalty county penalty casualty safety beauty treaty
    company study body copy army navy academy economy embassy family supply assembly inventory laboratory factory directory history library salary
    union university
";

/// Nouns for people that have no ending to tell.
const PEOPLE: &str = "
    admin sysadmin root owner employee intern librarian technician physician guardian custodian electrician staff clerk
    nurse coach pilot
";

/// Roles that tell how something is elsewhere.
const RANKS: &str = "
    lead senior junior principal chief legal customer primary secondary standard basic public internal external
";

/// Departments, and what scopes are called: `a finance role` is one that people in finance have.
const DEPARTMENTS: &str = "
    support finance security compliance audit treasury sales hr ops devops operations engineering marketing accounting
    billing shipping purchasing read write openid profile email
";

/// `U.S`, of which a period at the end may be the sentence's.
pub(super) fn is_abbreviated(text: &str) -> bool {
    let mut parts = text.split('.');
    text.contains('.') && parts.all(|part| part.len() == 1 && part.chars().all(char::is_uppercase))
}
