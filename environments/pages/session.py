"""Forms that arrive after their session ended: nothing is saved, and nothing that was typed is lost."""

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.shortcuts import render

# Never a password.
TYPED = ["name", "image", "text", "args", "extra_name", "extra_text", "beside_text", "message", "description", "tags"]


class SignInFirst(LoginRequiredMiddleware):
    """Leads strangers to the sign-in page; one who sends a form is shown what he typed, to take it along."""

    def handle_no_permission(self, request, view_func):
        if request.method == "POST" and typed_in(request):
            return session_ended(request)
        return super().handle_no_permission(request, view_func)


def session_ended(request, reason=""):
    """Answer 403 with what was typed; also what Django calls where a CSRF token is missing or old."""
    return render(request, "403_csrf.html", {"typed": typed_in(request)}, status=403)


def typed_in(request):
    """[(field, text)] of what a person typed into the form that was sent."""
    return [(name.replace("_", " "), text) for name in TYPED for text in request.POST.getlist(name) if text.strip()]
