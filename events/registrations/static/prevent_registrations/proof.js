// Computes the proof of work of a registration form (events/registrations/proof.py) in the background
// while the person answers. Without it, or in a browser that cannot, the form is sent all the same.

const AT_ONCE = 256;

const beginsWithZeros = (digest, bits) => new DataView(digest).getUint32(0) >>> (32 - bits) === 0;

async function prove(challenge, bits) {
  const encoder = new TextEncoder();
  for (let first = 0; ; first += AT_ONCE) {
    const numbers = Array.from({ length: AT_ONCE }, (_, offset) => first + offset);
    const digests = await Promise.all(
      numbers.map((number) =>
        crypto.subtle.digest("SHA-256", encoder.encode(`${challenge}.${number}`)),
      ),
    );
    const found = digests.findIndex((digest) => beginsWithZeros(digest, bits));
    if (found >= 0) {
      return String(numbers[found]);
    }
  }
}

const form = document.querySelector("form[data-proof-bits]");
if (form && globalThis.crypto?.subtle) {
  const { proof, submission_key: token } = form.elements;
  let isReady = false;
  const ready = prove(token.value, Number(form.dataset.proofBits)).then((answer) => {
    proof.value = answer;
    isReady = true;
  });
  form.addEventListener("submit", async (event) => {
    if (!isReady) {
      const { submitter } = event;
      event.preventDefault();
      await ready;
      form.requestSubmit(submitter);
    }
  });
}
