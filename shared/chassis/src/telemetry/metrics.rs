pub(crate) fn install() {}
pub(crate) fn render() -> String { String::new() }
