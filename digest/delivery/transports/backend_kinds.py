"""Which mail backends keep letters on this machine, and which hand them to a mail server."""

# With these no letter leaves the machine.
LOCAL_BACKENDS = ("mailbox.MailboxBackend", "console.EmailBackend", "locmem.EmailBackend", "dummy.EmailBackend")
# With these letters go to a mail server.
SMTP_BACKENDS = ("smtp.EmailBackend", "smtp_backend.EmailBackend")
