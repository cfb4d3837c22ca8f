pub(crate) fn is_single_message_id(value: &str) -> bool {
    value.matches('<').count() == 1 && !value.contains(',')
}
pub(crate) fn ids(value: &str) -> impl Iterator<Item = &str> {
    value.split('<').skip(1).filter_map(|s| s.split_once('>').map(|(a, _)| a))
}
