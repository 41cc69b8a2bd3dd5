// A form that was refused is answered with a page that the browser could only come back to by sending
// the form again, which it refuses: it comes back to this address instead.

history.replaceState(null, "", document.querySelector("meta[name=address]").content);
