//! One generated function.

/// A C function that returns `MCO_RET`.
pub(super) struct Function {
    name: String,
    parameters: String,
    /// Statements before the last.
    setup: Vec<String>,
    /// The call into the library.
    call: String,
}

impl Function {
    pub(super) fn new(name: String, parameters: impl Into<String>, call: impl Into<String>) -> Self {
        Function { name, parameters: parameters.into(), setup: Vec::new(), call: call.into() }
    }

    pub(super) fn with_setup(mut self, setup: Vec<String>) -> Self {
        self.setup = setup;
        self
    }

    /// The line in the header.
    pub(super) fn prototype(&self) -> String {
        format!("{};\n", self.signature())
    }

    /// The text in the source file.
    pub(super) fn definition(&self) -> String {
        let setup: String = self.setup.iter().map(|line| format!("    {line}\n")).collect();
        format!("\n{}\n{{\n{setup}    return {};\n}}\n", self.signature(), self.call)
    }

    fn signature(&self) -> String {
        format!("MCO_RET {}({})", self.name, self.parameters)
    }
}
