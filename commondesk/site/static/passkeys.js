/* Making and showing passkeys: the browser's own dialog does the work, this carries its answer. */
"use strict";

(() => {
  const form = document.querySelector("form[data-passkey]");
  if (!form || !window.PublicKeyCredential) return;
  form.hidden = false;
  const wrong = form.querySelector("[data-passkey-wrong]");

  const bytesOf = text => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), each => each.charCodeAt(0));
  const textOf = bytes => btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const namedKeys = some => (some || []).map(each => ({ ...each, id: bytesOf(each.id) }));

  const options = async () => {
    const told = form.dataset.told ? JSON.parse(form.dataset.told) : await (await fetch(form.dataset.options)).json();
    return (told.creation_options || told.request_options).publicKey;
  };
  const make = async wanted => {
    const key = await navigator.credentials.create({ publicKey: {
      ...wanted,
      challenge: bytesOf(wanted.challenge),
      user: { ...wanted.user, id: bytesOf(wanted.user.id) },
      excludeCredentials: namedKeys(wanted.excludeCredentials),
    } });
    return { key, response: { attestationObject: textOf(key.response.attestationObject), transports: key.response.getTransports?.() || [] } };
  };
  const ask = async wanted => {
    const key = await navigator.credentials.get({ publicKey: {
      ...wanted,
      challenge: bytesOf(wanted.challenge),
      allowCredentials: namedKeys(wanted.allowCredentials),
    } });
    const { authenticatorData, signature, userHandle } = key.response;
    return { key, response: { authenticatorData: textOf(authenticatorData), signature: textOf(signature), userHandle: userHandle ? textOf(userHandle) : null } };
  };

  form.querySelector("[data-passkey-go]").addEventListener("click", async event => {
    event.target.disabled = true;
    wrong.hidden = true;
    try {
      const { key, response } = await (form.dataset.passkey === "make" ? make : ask)(await options());
      form.elements.credential.value = JSON.stringify({
        id: key.id,
        rawId: textOf(key.rawId),
        type: key.type,
        authenticatorAttachment: key.authenticatorAttachment,
        clientExtensionResults: key.getClientExtensionResults(),
        response: { ...response, clientDataJSON: textOf(key.response.clientDataJSON) },
      });
      form.submit();
    } catch (trouble) {
      wrong.textContent = trouble.name === "InvalidStateError" ? form.dataset.saysKnown : form.dataset.saysNone;
      wrong.hidden = false;
      event.target.disabled = false;
    }
  });
})();
