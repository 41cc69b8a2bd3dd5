async ([count, side]) => {
  const records = await import('/tablet/records.js');
  const photos = await import('/tablet/photos.js');
  const clock = await import('/tablet/clock.js');
  const { session } = (await import('/tablet/main.js')).app;
  const { campaigns } = await (await import('/tablet/reference.js')).reference(session.account);
  for (let at = 0; at < count; at += 1) {
    const id = crypto.randomUUID();
    const wire = {
      id, base_revision: 0, campaign: campaigns[0].id, captured_at: clock.stamp(),
      nik: `99010101019${String(at + 10000).slice(0, 5)}`, full_name: `Pekerja Nomor ${at}`,
      birth_date: '1990-01-01', sex: 'male', domicile_village: '99.01.01.2002',
      occupation: 'market_trader', programmes: ['JKK', 'JKM'], working_declaration: true,
      location_missing_reason: 'Di dalam gedung', photos: [],
      consent: { notice_version: '2026-01', method: 'ticked', at: clock.stamp() },
    };
    const canvas = Object.assign(document.createElement('canvas'), { width: side, height: side });
    const noise = new ImageData(side, side);
    for (let row = 0; row < side; row += 1) crypto.getRandomValues(noise.data.subarray(row * side * 4, (row + 1) * side * 4));
    canvas.getContext('2d').putImageData(noise, 0, 0);
    await records.begin(session, wire);
    wire.photos.push(await photos.keepPhoto(session, id, 'workplace', await photos.encoded(canvas, 'image/jpeg', 0.8)));
    await records.save(session, id, wire);
    await records.finish(session, id);
  }
}
