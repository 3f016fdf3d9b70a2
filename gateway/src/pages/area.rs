use actix_web::HttpRequest;

/// The two parts of the pages. Each has its own cookies and layout, and may have its own host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Area {
    /// For customers.
    Shop,
    /// For staff: `/staff`.
    Staff,
}

impl Area {
    /// The area of a request's path.
    pub(crate) fn of(request: &HttpRequest) -> Self {
        Self::of_path(request.path())
    }

    fn of_path(path: &str) -> Self {
        match path.strip_prefix("/staff") {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => Self::Staff,
            _ => Self::Shop,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_console_is_below_staff() {
        for path in ["/staff", "/staff/", "/staff/orders/1"] {
            assert_eq!(Area::of_path(path), Area::Staff, "{path}");
        }
        for path in ["/", "/staffing", "/products/staff", "/api/v1/staff/orders"] {
            assert_eq!(Area::of_path(path), Area::Shop, "{path}");
        }
    }
}
