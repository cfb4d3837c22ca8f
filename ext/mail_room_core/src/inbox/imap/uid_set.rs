//! Sets of UIDs as commands carry them (RFC 3501, section 9, `sequence-set`).

use crate::message::Uid;

/// RFC 2683, section 3.2.1.5, advises clients to keep command lines below 1,000 octets.
const LONGEST: usize = 900;

/// `uids`, which must be ascending, as one or more sets with ranges: `1:3,7`, each short enough for
/// one command line.
pub(crate) fn uid_sets(uids: &[Uid]) -> Vec<String> {
    let mut sets = Vec::new();
    let mut set = String::new();
    for run in uids.chunk_by(|a, b| a.checked_add(1) == Some(*b)) {
        let item = match run {
            [] => continue,
            [uid] => uid.to_string(),
            [first, .., last] => format!("{first}:{last}"),
        };
        if set.len() + 1 + item.len() > LONGEST {
            sets.push(std::mem::take(&mut set));
        }
        if !set.is_empty() {
            set.push(',');
        }
        set.push_str(&item);
    }
    if !set.is_empty() {
        sets.push(set);
    }
    sets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compresses_runs() {
        assert_eq!(uid_sets(&[]), Vec::<String>::new());
        assert_eq!(uid_sets(&[5]), ["5"]);
        assert_eq!(uid_sets(&[1, 2, 3, 7, 9, 10]), ["1:3,7,9:10"]);
        assert_eq!(uid_sets(&[u32::MAX - 1, u32::MAX]), ["4294967294:4294967295"]);
    }

    #[test]
    fn splits_long_sets_without_losing_a_uid() {
        let uids: Vec<Uid> = (1..=1000).map(|n| n * 2).collect();
        let sets = uid_sets(&uids);
        assert!(sets.len() > 1);
        assert!(sets.iter().all(|set| set.len() <= LONGEST));
        let joined: Vec<Uid> = sets.iter().flat_map(|set| set.split(',').map(|n| n.parse().expect("a UID"))).collect();
        assert_eq!(joined, uids);
    }
}
