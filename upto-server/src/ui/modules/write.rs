//! Modules written as browsers get them.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Write;

use super::Modules;
use super::parse::{Import, Module, Names};
use crate::ui::script::{self, Token};

impl Modules<'_> {
    /// The script that a path stands for; `None` if there is no such module.
    pub(in crate::ui) fn script(&self, path: &str) -> Option<String> {
        let module = self.modules.get(path)?;
        match self.places.get(path) {
            Some(place) if place + 1 == self.joined.len() => Some(self.whole()),
            Some(place) => Some(self.taken_out(path, *place, module)),
            None => Some(self.apart(path, module)),
        }
    }

    /// All that are joined.
    fn whole(&self) -> String {
        let mut whole = String::new();
        for (place, path) in self.joined.iter().enumerate() {
            let Some(module) = self.modules.get(&**path) else { continue };
            whole.push_str(&format!("const ${place}=(()=>{{"));
            self.take_names(&mut whole, module);
            script::write(&mut whole, &self.moved(module));
            whole.push_str(&format!("\nreturn{{{}}}}})();\n", listed(&module.exports, ":", true)));
        }
        let places: Vec<String> = (0..self.joined.len()).map(|place| format!("${place}")).collect();
        whole.push_str(&format!("export{{{}}};\n", places.join(",")));
        whole
    }

    /// What a joined module exports, for whoever imports it by itself.
    fn taken_out(&self, path: &str, place: usize, module: &Module<'_>) -> String {
        let names: Vec<&str> = module.exports.iter().map(|(_, name)| name.as_str()).collect();
        format!("{}export const{{{}}}=${place};\n", self.taking([place], path), names.join(","))
    }

    /// A module that stays apart: it takes from the joined ones what is in them.
    fn apart(&self, path: &str, module: &Module<'_>) -> String {
        let places: BTreeSet<usize> =
            module.imports.iter().filter_map(|import| self.places.get(&import.path)).copied().collect();
        let mut script = if places.is_empty() { String::new() } else { self.taking(places, path) };
        for Import { path: imported, names } in &module.imports {
            if !self.places.contains_key(imported) {
                let names = match names {
                    Names::All(name) => format!("*as {name} "),
                    Names::Some(names) => format!("{{{}}}", listed(names, " as ", false)),
                };
                script.push_str(&format!("import{names}from\"{}\";", address(path, imported)));
            }
        }
        self.take_names(&mut script, module);
        script::write(&mut script, &module.body);
        script.push_str(&format!("\nexport{{{}}};\n", listed(&module.exports, " as ", false)));
        script
    }

    /// The body of a module that is joined: what it imports later, it does from where the joined script is.
    fn moved<'m>(&self, module: &'m Module<'m>) -> Vec<Token<'m>> {
        let mut body = module.body.clone();
        for (place, path) in &module.later {
            if let Some(token) = body.get_mut(*place) {
                token.text = Cow::Owned(format!("\"{}\"", address(self.entry(), path)));
            }
        }
        body
    }

    /// Gives names to what a module takes from joined ones.
    fn take_names(&self, script: &mut String, module: &Module<'_>) {
        for Import { path, names } in &module.imports {
            let Some(place) = self.places.get(path) else { continue };
            // A text takes what is written to it.
            let _ = match names {
                Names::All(name) => write!(script, "const {name}=${place};"),
                Names::Some(names) => write!(script, "const{{{}}}=${place};", listed(names, ":", false)),
            };
        }
    }

    fn entry(&self) -> &str {
        self.joined.last().map_or("", String::as_str)
    }

    /// Imports joined modules from the script in which they are.
    fn taking(&self, places: impl IntoIterator<Item = usize>, path: &str) -> String {
        let places: Vec<String> = places.into_iter().map(|place| format!("${place}")).collect();
        format!("import{{{}}}from\"{}\";", places.join(","), address(path, self.entry()))
    }
}

/// Pairs of names, those that are alike written once. Where they are `swapped`, the second of each pair comes first.
fn listed(names: &[(String, String)], between: &str, swapped: bool) -> String {
    let each = |(one, other): &(String, String)| match swapped {
        _ if one == other => one.clone(),
        true => format!("{other}{between}{one}"),
        false => format!("{one}{between}{other}"),
    };
    names.iter().map(each).collect::<Vec<_>>().join(",")
}

/// The address of a path in a module.
fn address(module: &str, path: &str) -> String {
    let up = module.matches('/').count();
    if up == 0 { format!("./{path}") } else { format!("{}{path}", "../".repeat(up)) }
}
