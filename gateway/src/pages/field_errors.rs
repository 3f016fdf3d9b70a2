use crate::edge::problem::{Problem, reasons};

/// What is wrong with a form: `templates/parts/error_summary.html`, and next to each field.
#[derive(Debug, Default)]
pub(crate) struct FieldErrors(Vec<FieldError>);

/// What is wrong with one field, or with the form if the field is empty.
#[derive(Debug)]
pub(crate) struct FieldError {
    pub(crate) field: String,
    pub(crate) text: String,
}

impl FieldErrors {
    /// A list with a filter: the list, or an empty one with what is wrong with the filter.
    ///
    /// # Errors
    /// The list cannot be read for another reason.
    pub(crate) fn of_list<T: Default>(
        listed: Result<T, Problem>,
        labels: &[(&str, &str)],
    ) -> Result<(T, Self), Problem> {
        match listed {
            Ok(listed) => Ok((listed, Self::default())),
            Err(problem) if *problem.kind() == reasons::VALIDATION_FAILED => {
                Ok((T::default(), Self::of(&problem, labels)))
            }
            Err(problem) => Err(problem),
        }
    }

    /// The violations of a problem. `labels` are the fields of the form by their names in the API, as people see them. A
    /// problem about none of them is about the form.
    pub(crate) fn of(problem: &Problem, labels: &[(&str, &str)]) -> Self {
        let mut errors = Self::default();
        for error in problem.errors() {
            let label = labels.iter().find(|(field, _)| *field == error.field);
            if let Some((field, label)) = label {
                errors = errors.and(field, format!("{label} {}", error.message));
            }
        }
        match errors.is_empty() {
            true => errors.and("", format!("{}.", problem.kind().title)),
            false => errors,
        }
    }

    /// One error about a field, or about the form if `field` is empty.
    pub(crate) fn one(field: &str, text: impl Into<String>) -> Self {
        Self::default().and(field, text)
    }

    /// Another error.
    #[must_use]
    pub(crate) fn and(mut self, field: &str, text: impl Into<String>) -> Self {
        let (field, text) = (field.to_owned(), text.into());
        self.0.push(FieldError { field, text });
        self
    }

    /// Whether the form is shown for the first time.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All errors, in the order of the fields.
    pub(crate) fn all(&self) -> &[FieldError] {
        &self.0
    }

    /// What is wrong with a field.
    pub(crate) fn get(&self, field: &str) -> Option<&str> {
        let error = self.0.iter().find(|error| error.field == field);
        error.map(|error| error.text.as_str())
    }
}
