// What the tablet says, in Indonesian and English.

import { set, setting } from './database.js';

/** @type {Record<string, [string, string]>} */
const WORDS = {
  app: ['Jemput Bola', 'Jemput Bola'],
  enrol_title: ['Daftarkan tablet ini', 'Enrol this tablet'],
  enrol_how: ['Minta kode QR dari koordinator Anda, lalu pindai atau ketik kodenya di sini.', 'Ask your coordinator for a QR code, then scan it or type the code here.'],
  enrol_code: ['Kode pendaftaran', 'Enrolment code'],
  enrol_scan: ['Pindai QR', 'Scan the QR'],
  enrol_go: ['Lanjut', 'Continue'],
  enrol_refused: ['Kode ini tidak berlaku: sudah dipakai, kedaluwarsa, atau salah ketik. Minta kode baru dari koordinator.', 'This code is not valid: used, expired or mistyped. Ask your coordinator for a new one.'],
  enrol_offline: ['Tidak ada jawaban dari server. Sambungkan tablet ke internet, lalu coba lagi dengan kode yang sama.', 'No answer from the server. Connect the tablet to the internet, then try again with the same code.'],
  enrol_stranger: ['Jaringan ini minta masuk dulu (halaman Wi-Fi). Masuk dulu, lalu coba lagi dengan kode yang sama.', 'This network wants you to sign in first (a Wi-Fi page). Sign in, then try again with the same code.'],
  enrol_other_server: ['QR ini untuk server lain: {host}. Tablet ini hanya untuk {own}.', 'This QR is for another server: {host}. This tablet works with {own} only.'],
  enrol_no_code: ['QR ini bukan kode pendaftaran tablet.', 'This QR is no enrolment code.'],
  enrol_other_kader: ['Kode ini untuk kader lain. Minta koordinator membuat kode baru untuk Anda.', 'This code is for another kader. Ask the coordinator for a new code for you.'],
  no_camera: ['Kamera tidak ada atau tidak diizinkan. Ketik kodenya.', 'There is no camera, or no leave to use it. Type the code.'],
  no_scanner: ['Aplikasi ini tidak dapat membaca QR di tablet ini. Pindai dengan aplikasi kamera tablet, atau ketik kodenya.', 'The app cannot read a QR on this tablet. Scan it with the tablet\'s own camera app, or type the code.'],
  pin_new: ['Buat PIN 6 angka', 'Choose a PIN of 6 digits'],
  pin_why: ['PIN ini mengunci data pekerja di tablet. Tidak ada yang dapat membukanya tanpa PIN, juga kantor tidak.', 'This PIN locks the workers\' data on the tablet. Nobody can open it without the PIN, nor can the office.'],
  pin_old: ['Tablet ini sudah menyimpan catatan Anda. Masukkan PIN yang lama.', 'This tablet holds records of yours. Enter the PIN you have.'],
  pin_forgotten: ['Lupa PIN, mulai dengan PIN baru', 'PIN forgotten, begin with a new one'],
  pin_forgotten_why: ['Tanpa PIN lama, yang belum terkirim tetap terkunci di tablet ini, dan dikirim begitu PIN itu diingat lagi.', 'Without the old PIN, what is not sent stays locked on this tablet, and is sent once the PIN is remembered.'],
  pin_again: ['Ketik sekali lagi', 'Type it once more'],
  pin_differs: ['Kedua PIN berbeda.', 'The two PINs differ.'],
  pin_weak: ['PIN ini terlalu mudah ditebak. Jangan angka berurutan atau angka yang sama.', 'This PIN is too easy to guess. No counting and no repeated digits.'],
  pin_form: ['PIN harus 6 angka.', 'A PIN is 6 digits.'],
  pin: ['PIN', 'PIN'],
  pin_wrong: ['PIN salah.', 'Wrong PIN.'],
  pin_wait: ['Terlalu banyak PIN salah. Coba lagi dalam {seconds} detik.', 'Too many wrong PINs. Try again in {seconds} seconds.'],
  open: ['Buka', 'Open'],
  who: ['Siapa Anda?', 'Who are you?'],
  add_kader: ['Tambah kader di tablet ini', 'Add a kader to this tablet'],
  waiting_here: ['{n} belum terkirim', '{n} not sent yet'],
  photos_here: ['{n} foto belum terkirim', '{n} photos not sent yet'],
  hello: ['Halo, {name}', 'Hello, {name}'],
  register: ['Daftarkan pekerja', 'Register a worker'],
  today: ['Hari ini', 'Today'],
  all_records: ['Semua catatan', 'All records'],
  captured_today: ['dicatat hari ini', 'captured today'],
  my_records: ['Catatan saya', 'My records'],
  as_of: ['Keadaan {at}', 'As of {at}'],
  own_of_all: ['{own} dari Anda, {all} bersama tim', '{own} by you, {all} by the team'],
  own_only: ['{own} dari Anda', '{own} by you'],
  standings_of: ['Peringkat desa: {district}', 'Village standings: {district}'],
  rank: ['Peringkat', 'Rank'],
  village: ['Desa', 'Village'],
  verified: ['Terverifikasi', 'Verified'],
  few: ['<5', '<5'],
  sync_now: ['Kirim sekarang', 'Sync now'],
  syncing: ['Sedang mengirim…', 'Syncing…'],
  sync_records: ['Mengirim catatan: {done} dari {of}', 'Sending records: {done} of {of}'],
  sync_photos: ['Mengirim foto: {done} dari {of}', 'Sending photos: {done} of {of}'],
  sync_changes: ['Mengambil kabar baru', 'Getting what is new'],
  synced_at: ['Terakhir terhubung: {at}', 'Last in touch: {at}'],
  never_synced: ['Belum pernah terhubung', 'Never in touch yet'],
  all_sent: ['Semua sudah terkirim', 'Everything is sent'],
  offline: ['Tidak ada sinyal. Catatan aman di tablet dan dikirim nanti.', 'No signal. Records are safe on the tablet and are sent later.'],
  stranger: ['Jaringan ini minta masuk dulu (halaman Wi-Fi). Yang belum terkirim aman di tablet.', 'This network wants you to sign in first (a Wi-Fi page). What is not sent yet is safe on the tablet.'],
  too_large: ['Jaringan ini menolak kiriman sebesar ini. Catatan aman di tablet. Coba di jaringan lain.', 'This network refuses to carry that much. Records are safe on the tablet. Try another network.'],
  busy: ['Server sedang sibuk. Dicoba lagi sebentar lagi.', 'The server is busy. It is tried again soon.'],
  signed_out: ['Tablet ini sudah terlalu lama tidak terhubung. Catatan tetap aman. Minta kode baru dari koordinator lalu masukkan di sini.', 'This tablet was out of touch for too long. Records are safe. Ask your coordinator for a new code and enter it here.'],
  refused: ['Server menolak: {detail}', 'The server refuses: {detail}'],
  new_code: ['Masukkan kode baru', 'Enter a new code'],
  leaving_hand_over: ['Tablet ini dihentikan oleh kantor. Sambungkan ke internet: catatan yang ada akan diserahkan, lalu dihapus dari tablet.', 'The office has revoked this tablet. Connect it: what it holds is handed over and then erased.'],
  leaving_now: ['Tablet ini dihentikan oleh kantor.', 'The office has revoked this tablet.'],
  leaving_why: ['Alasan: {why}', 'Reason: {why}'],
  stuck: ['{n} catatan dan {photos} foto di tablet ini rusak, jadi tidak dapat diserahkan. Yang lain sudah diserahkan. Bawa tablet ini ke kantor. Atau, kalau kantor setuju, lepaskan yang rusak: ', '{n} records and {photos} photos on this tablet are damaged and cannot be handed over. All the rest was. Bring this tablet to the office. Or, if the office agrees, part with what is damaged: '],
  give_up: ['Lepaskan yang rusak', 'Part with what is damaged'],
  give_up_sure: ['Lepaskan {n} catatan dan {photos} foto yang rusak? Isinya hilang untuk selamanya, dan semua data Anda di tablet ini dihapus.', 'Part with {n} records and {photos} photos that are damaged? They are lost for good, and all your data on this tablet is erased.'],
  lost: ['{n} catatan dan {photos} foto rusak dan hilang.', '{n} records and {photos} photos were damaged and are lost.'],
  leaving_keep: ['Tablet ini dihentikan dan waktu penyerahan habis. Bawa tablet ini ke kantor.', 'This tablet is revoked and the time to hand over is up. Bring it to the office.'],
  handed_over: ['Data {kader} di tablet ini sudah diserahkan dan dihapus ({at}).', 'The data of {kader} on this tablet was handed over and erased ({at}).'],
  erased: ['Data {kader} di tablet ini sudah dihapus atas perintah kantor ({at}).', 'The data of {kader} on this tablet was erased by order of the office ({at}).'],
  clock_wrong: ['Jam tablet ini selisih {by} dari server. Waktu catatan dibetulkan; betulkan juga jam tablet.', 'This tablet\'s clock is {by} off the server\'s. Records get the right time; please set the clock too.'],
  clock_set_back: ['Jam tablet ini salah: mundur sampai sebelum {at}, saat terakhir terhubung. Betulkan tanggal dan jam tablet. Catatan tetap dapat dibuat.', 'This tablet\'s clock is wrong: set back to before {at}, when it was last in touch. Set its date and time right. Records can still be made.'],
  storage_low: ['Ruang penyimpanan hampir penuh: tersisa {mb} MB. Kirim dulu, atau hapus berkas lain dari tablet.', 'Storage is nearly full: {mb} MB left. Sync first, or delete other files from the tablet.'],
  storage_full: ['Ruang penyimpanan penuh. Yang baru diketik tidak tersimpan. Kirim dulu, atau hapus berkas lain.', 'Storage is full. What you just typed is not saved. Sync first, or delete other files.'],
  storage_reserve: ['Ruang penyimpanan penuh. Catatan masih tersimpan, foto tidak. Sambungkan ke internet agar terkirim, atau hapus berkas lain.', 'Storage is full. Records are still kept, photos are not. Connect so that they are sent, or delete other files.'],
  storage: ['Penyimpanan: {used} MB terpakai.', 'Storage: {used} MB used.'],
  storage_free: ['Menurut peramban tersisa {free} MB.', 'By the browser\'s word {free} MB are free.'],
  storage_kept: ['Tidak akan dihapus otomatis.', 'It will not be deleted automatically.'],
  storage_not_kept: ['Peramban dapat menghapusnya bila penuh: pasang aplikasi ini di layar utama.', 'The browser may delete it when full: install this app on the home screen.'],
  new_version: ['Versi baru siap.', 'A new version is ready.'],
  use_new: ['Pakai sekarang', 'Use it now'],
  outdated: ['Versi ini akan berakhir. Sambungkan dan pakai versi baru.', 'This version is coming to its end. Connect and use the new one.'],
  install: ['Pasang di layar utama', 'Install on the home screen'],
  lock: ['Kunci', 'Lock'],
  more_records: ['Tampilkan lagi', 'Show more'],
  more: ['Lainnya', 'More'],
  back: ['Kembali', 'Back'],
  language: ['English', 'Bahasa Indonesia'],
  state_draft: ['Belum selesai', 'Draft'],
  state_waiting: ['Menunggu sinyal', 'Waiting'],
  state_accepted: ['Diterima', 'Accepted'],
  state_look: ['Perhatikan', 'Look at this'],
  state_fix: ['Perbaiki', 'Fix this'],
  state_dismissed: ['Ditutup kantor', 'Closed by the office'],
  state_damaged: ['Rusak', 'Damaged'],
  damaged_state: ['Tablet tidak tahu lagi apakah catatan ini sudah terkirim. Buka, periksa isinya, lalu tekan Selesai: bila sudah terkirim, tidak menjadi dua.', 'The tablet does not know any more whether this was sent. Open it, check it and press Finish: if it was sent, it does not become two.'],
  questions: ['Ada pertanyaan: {n}', 'Questions: {n}'],
  photos_to_send: ['foto {sent} dari {all}', 'photos {sent} of {all}'],
  damaged: ['Catatan ini tidak dapat dibaca: datanya di tablet rusak atau diubah. Yang lain tidak terganggu. Laporkan ke koordinator.', 'This record cannot be read: its data on the tablet is damaged or was altered. The others are not affected. Tell your coordinator.'],
  nothing_yet: ['Belum ada catatan. Mulai dengan "Daftarkan pekerja".', 'No records yet. Begin with "Register a worker".'],
  no_campaign: ['Belum ada kegiatan untuk Anda. Sambungkan sekali ke internet, atau hubungi koordinator.', 'There is no campaign for you yet. Connect once, or ask your coordinator.'],
  campaign: ['Kegiatan', 'Campaign'],
  stop: ['Tempat', 'Stop'],
  campaign_unknown: ['Kegiatan lain, namanya tidak ada di tablet ini', 'Another, whose name is not on this tablet'],
  out_today: ['hari ini', 'today'],
  who_section: ['Siapa', 'Who'],
  where_section: ['Tempat tinggal dan kerja', 'Home and work'],
  work_section: ['Pekerjaan dan iuran', 'Work and contribution'],
  proof_section: ['Foto dan persetujuan', 'Photos and consent'],
  nik: ['NIK', 'NIK'],
  nik_hint: ['16 angka di KTP', '16 digits on the ID card'],
  nik_missing_reason: ['Mengapa tidak ada NIK?', 'Why is there no NIK?'],
  nik_count: ['{n} dari 16 angka', '{n} of 16 digits'],
  nik_placeholder: ['NIK ini tampaknya diisi asal. Periksa lagi di KTP.', 'This NIK looks made up. Check the card again.'],
  nik_birth_date: ['Tanggal lahir tidak sama dengan NIK. Boleh lanjut bila memang begitu.', 'The birth date differs from the NIK. Go on if that is right.'],
  nik_sex: ['Jenis kelamin tidak sama dengan NIK. Boleh lanjut bila memang begitu.', 'The sex differs from the NIK. Go on if that is right.'],
  hinted: ['Mungkin sudah terdaftar. Tanyakan kepada orangnya; boleh tetap dikirim.', 'Probably registered already. Ask the person; it may be sent all the same.'],
  twin: ['Sudah Anda catat: {name}, {at} ({state}). Periksa dulu; boleh tetap dikirim bila orangnya lain.', 'You have recorded this already: {name}, {at} ({state}). Check first; it may be sent if this is somebody else.'],
  full_name: ['Nama lengkap', 'Full name'],
  mother_name: ['Nama ibu kandung', 'Mother\'s name'],
  captured_at: ['Dicatat', 'Captured'],
  birth_date: ['Tanggal lahir', 'Birth date'],
  age_out: ['Umur {age} tahun: peserta harus 18 sampai 64 tahun. Koordinator akan melihatnya.', '{age} years old: participants are 18 to 64. The coordinator will look at it.'],
  sex: ['Jenis kelamin', 'Sex'],
  female: ['Perempuan', 'Female'],
  male: ['Laki-laki', 'Male'],
  phone: ['Nomor HP', 'Phone number'],
  phone_hint: ['boleh kosong; 0812… atau +62812…', 'may be empty; 0812… or +62812…'],
  domicile_village: ['Desa atau kelurahan tempat tinggal', 'Village of residence'],
  village_search: ['Ketik nama desa', 'Type the village\'s name'],
  village_none: ['Tidak ditemukan. Periksa ejaannya.', 'Not found. Check the spelling.'],
  village_no_position: ['Lokasi tablet belum ada. Ketik nama desanya.', 'The tablet does not know where it is yet. Type the village\'s name.'],
  village_far: ['Posisi jauh dari semua desa yang dikenal tablet ini ({km} km atau lebih). Ketik nama desanya.', 'Far from all villages that this tablet knows ({km} km or more). Type the village\'s name.'],
  km: ['± {km} km', 'some {km} km'],
  village_near: ['Terdekat dari sini', 'Nearest to here'],
  address: ['Alamat', 'Address'],
  rt: ['RT', 'RT'],
  rw: ['RW', 'RW'],
  postal_code: ['Kode pos', 'Postal code'],
  work_village: ['Desa atau kelurahan tempat kerja', 'Village of work'],
  work_place: ['Tempat kerja', 'Work place'],
  occupation: ['Pekerjaan', 'Occupation'],
  yes: ['Ya', 'Yes'],
  no: ['Tidak', 'No'],
  choose: ['Pilih…', 'Choose…'],
  is_employer: ['Punya karyawan', 'Employs others'],
  monthly_income: ['Penghasilan sebulan (rupiah)', 'Monthly income (rupiah)'],
  programmes: ['Program', 'Programmes'],
  JKK: ['JKK – kecelakaan kerja', 'JKK – work accident'],
  JKM: ['JKM – kematian', 'JKM – death'],
  JHT: ['JHT – hari tua', 'JHT – old age'],
  months_prepaid: ['Bayar untuk', 'Pays for'],
  months: ['{n} bulan', '{n} months'],
  month: ['1 bulan', '1 month'],
  payer: ['Siapa yang membayar?', 'Who pays?'],
  payer_self: ['Sendiri', 'The worker'],
  payer_sponsor: ['Sponsor', 'A sponsor'],
  payer_village: ['Desa', 'The village'],
  payer_local_budget: ['APBD', 'Local budget'],
  payer_national_budget: ['APBN', 'National budget'],
  membership_kind: ['Keanggotaan', 'Membership'],
  kind_unknown: ['Belum tahu', 'Not known'],
  kind_new: ['Peserta baru', 'New'],
  kind_reactivation: ['Aktif kembali', 'Reactivation'],
  kind_second_job: ['Pekerjaan kedua', 'Second job'],
  quote: ['Iuran: {total}', 'Contribution: {total}'],
  quote_month: ['{first} sebulan', '{first} a month'],
  quote_unchecked: ['perkiraan', 'an estimate'],
  quote_missing: ['Iuran dihitung setelah penghasilan, pekerjaan dan pembayar diisi.', 'The contribution is reckoned once income, occupation and payer are filled in.'],
  location: ['Lokasi', 'Location'],
  location_wait: ['Mencari lokasi…', 'Looking for a position…'],
  location_denied: ['Izin lokasi tidak diberikan. Izinkan lokasi untuk aplikasi ini di setelan peramban; atau pilih alasannya di atas.', 'Location is not permitted. Allow it for this app in the browser\'s settings; or choose the reason above.'],
  location_unavailable: ['Tablet ini tidak dapat menentukan lokasi sekarang. Nyalakan GPS (lokasi) di setelan tablet; atau pilih alasannya di atas.', 'This tablet cannot tell where it is now. Turn its GPS (location) on; or choose the reason above.'],
  location_timeout: ['Lokasi belum ditemukan dan masih dicari. Coba dekat jendela atau di luar; atau pilih alasannya di atas.', 'No position yet, still looking. Try near a window or outside; or choose the reason above.'],
  location_late: ['Tanpa lokasi: tempat tablet sekarang bukan tempat pendaftaran ini. Pilih alasannya di atas.', 'No position: where the tablet is now is not where this was registered. Choose the reason above.'],
  location_have: ['Lokasi ada, ketelitian {m} m', 'Position found, accurate to {m} m'],
  location_said: ['Ada, ketelitian {m} m, {at}', 'Known, accurate to {m} m, {at}'],
  location_missing_reason: ['Mengapa tidak ada lokasi?', 'Why is there no position?'],
  reason_indoors: ['Di dalam gedung, tidak ada sinyal GPS', 'Indoors, no GPS'],
  reason_denied: ['Izin lokasi tidak diberikan', 'Location is not permitted'],
  reason_broken: ['GPS tablet rusak', 'The tablet\'s GPS is broken'],
  reason_no_card: ['KTP tidak dibawa', 'The ID card is not here'],
  reason_no_nik: ['Belum punya NIK', 'Has no NIK yet'],
  reason_refuses: ['Tidak mau memberi', 'Does not want to give it'],
  photos: ['Foto', 'Photos'],
  photo_only_here: ['hanya di versi ini', 'only in this version'],
  photo_workplace: ['Foto tempat kerja', 'Photo of the work place'],
  photo_person: ['Foto orang', 'Photo of the person'],
  photo_id_card: ['Foto KTP', 'Photo of the ID card'],
  photo_consent: ['Bukti persetujuan', 'Proof of consent'],
  photo_take: ['Ambil', 'Take'],
  photo_remove: ['Hapus', 'Remove'],
  photo_unreadable: ['Berkas ini bukan foto yang dapat dibaca.', 'This file is no photo that can be read.'],
  photo_too_large: ['Foto ini terlalu besar untuk tablet ini.', 'This photo is too large for this tablet.'],
  photo_no_room: ['Ruang penyimpanan penuh: ini tidak tersimpan. Catatan boleh diselesaikan tanpa foto; setelah terkirim ada ruang lagi.', 'Storage is full: this was not kept. The record may be finished without it; once records are sent there is room again.'],
  photo_elsewhere: ['Foto ini ada di tablet tempat orang ini dicatat.', 'This photo is on the tablet on which this person was recorded.'],
  photo_lost: ['Foto ini tidak tersimpan: aplikasi tertutup saat foto diambil. Ambil lagi.', 'This photo was not kept: the app ended while it was taken. Take it again.'],
  photo_damaged: ['datanya di tablet rusak', 'its data on the tablet is damaged'],
  photo_refused: ['Foto ditolak: {why}. Ambil foto baru.', 'Photo refused: {why}. Take a new one.'],
  consent: ['Persetujuan', 'Consent'],
  read_aloud: ['Bacakan', 'Read aloud'],
  signature: ['Tanda tangan pekerja', 'The worker\'s signature'],
  signature_clear: ['Ulangi', 'Again'],
  voice_say: ['Atau rekam suaranya: minta pekerja menyebut nama dan berkata "saya setuju".', 'Or record the voice: ask the worker to say their name and "I agree".'],
  voice_record: ['Rekam suara', 'Record the voice'],
  voice_runs: ['Sedang merekam…', 'Recording…'],
  voice_stop: ['Berhenti (sisa {left} detik)', 'Stop ({left} s left)'],
  voice_have: ['✓ Suara pekerja', '✓ The worker\'s voice'],
  voice_empty: ['Tidak ada yang terekam. Coba lagi, atau pakai tanda tangan.', 'Nothing was recorded. Try again, or take a signature.'],
  no_recorder: ['Tablet ini tidak dapat merekam suara. Pakai tanda tangan.', 'This tablet cannot record a voice. Take a signature.'],
  no_microphone: ['Mikrofon tidak ada atau tidak diizinkan. Pakai tanda tangan, atau izinkan mikrofon di setelan peramban.', 'There is no microphone, or no leave to use it. Take a signature, or allow the microphone in the browser\'s settings.'],
  signature_alternative: ['Tidak bisa keduanya: menyetujui secara lisan', 'Neither is possible: agrees in words'],
  working_declaration: ['Pekerja menyatakan masih bekerja saat ini', 'The worker declares to be working now'],
  finish: ['Selesai', 'Finish'],
  saved: ['Tersimpan di tablet: {name}', 'Kept on the tablet: {name}'],
  save_draft: ['Simpan, lanjut nanti', 'Keep, go on later'],
  discard: ['Buang', 'Throw away'],
  discard_sure: ['Buang catatan ini? Tidak dapat dikembalikan.', 'Throw this record away? It cannot be brought back.'],
  cancel_edit: ['Batalkan perubahan', 'Undo the changes'],
  edit: ['Ubah', 'Change'],
  fix: ['Perbaiki sekarang', 'Fix it now'],
  needed: ['Harus diisi.', 'This is needed.'],
  nik_form: ['NIK harus 16 angka.', 'A NIK is 16 digits.'],
  phone_form: ['Nomor HP tidak lengkap. Contoh: 081234567890', 'The phone number is not complete. For example: 081234567890'],
  programmes_minimum: ['JKK dan JKM selalu bersama.', 'JKK and JKM go together.'],
  jht_required: ['Yang punya karyawan juga ikut JHT.', 'An employer takes JHT as well.'],
  consent_needed: ['Perlu tanda tangan, rekaman suara, atau persetujuan lisan.', 'A signature, a recorded voice or consent in words is needed.'],
  notice_needed: ['Teks persetujuan belum tercatat. Bacakan teks di atas, lalu minta persetujuan sekali lagi.', 'The consent text is not noted. Read the text above aloud, then ask for consent once more.'],
  notice_missing: ['Teks persetujuan belum ada di tablet. Sambungkan ke internet sekali, lalu buka lagi formulir ini.', 'The consent text is not on this tablet yet. Connect once, then open this form again.'],
  declaration_needed: ['Tanpa pernyataan ini pendaftaran tidak dapat diterima.', 'Without this declaration the registration cannot be accepted.'],
  unnamed: ['Tanpa nama', 'Unnamed'],
  no_name: ['Tanpa nama', 'No name'],
  reason_of_coordinator: ['Kata koordinator', 'The coordinator says'],
  conflict_title: ['Catatan ini juga diubah di tempat lain', 'This record was changed elsewhere, too'],
  conflict_own: ['Di tablet ini', 'On this tablet'],
  conflict_server: ['Di server', 'On the server'],
  conflict_keep_own: ['Pakai yang di tablet ini', 'Use what is on this tablet'],
  conflict_keep_server: ['Pakai yang di server', 'Use what is on the server'],
  conflict_alike: ['Yang dapat dibaca sama di keduanya.', 'What can be read is the same in both.'],
  conflict_decided: ['Kantor sudah memutuskan tentang catatan ini; tidak dapat diubah lagi dari tablet.', 'The office has decided about this record; it cannot be changed from the tablet any more.'],
  duplicate_note: ['Orang ini sudah terdaftar sebelumnya.', 'This person was registered before.'],
  review_note: ['Koordinator akan melihat catatan ini. Anda tidak perlu berbuat apa-apa.', 'The coordinator will look at this record. You need not do anything.'],
  two_tabs: ['Catatan ini sedang dibuka di jendela lain.', 'This record is open in another window.'],
  record_gone: ['catatan ini tidak ada lagi di tablet: salin isinya, lalu daftarkan lagi', 'this record is not on the tablet any more: copy what it says, then register again'],
  something_failed: ['Ada yang salah di aplikasi: {what}. Yang sudah tersimpan tetap aman.', 'Something went wrong in the app: {what}. What was saved is safe.'],
  lead: ['Prospek', 'Lead'],
  leads: ['Prospek', 'Leads'],
  leads_none: ['Belum ada prospek. Mulai dengan "Catat prospek".', 'No leads yet. Begin with "Note a lead".'],
  lead_new: ['Catat prospek', 'Note a lead'],
  attendance: ['Daftar hadir', 'Attendance'],
  attendance_new: ['Hitung hadirin', 'Count attendance'],
  flag_answer: ['Jawaban', 'Answer'],
  segment: ['Calon peserta', 'Prospective member'],
  segment_PU: ['Penerima upah (PU)', 'Wage earner (PU)'],
  segment_JAKON: ['Jasa konstruksi (JAKON)', 'Construction (JAKON)'],
  segment_PMI: ['Pekerja migran (PMI)', 'Migrant worker (PMI)'],
  segment_BPU: ['Pekerja mandiri (BPU), belum siap', 'Self-employed (BPU), not ready yet'],
  employer: ['Perusahaan atau proyek', 'Employer or project'],
  follow_up_on: ['Hubungi lagi tanggal', 'Come back on'],
  follow_up_due: ['Prospek yang perlu dihubungi hari ini', 'Leads to come back to today'],
  notes: ['Catatan', 'Notes'],
  lead_agrees: ['Bacakan: "Nama dan nomor Anda kami catat supaya BPJS Ketenagakerjaan dapat menghubungi Anda lagi tentang perlindungan kerja. Anda belum terdaftar, dan tidak ada yang perlu dibayar. Anda boleh menolak sekarang, atau kapan saja meminta catatan ini dihapus."', 'Read out: "We note your name and number so that BPJS Ketenagakerjaan can come back to you about work insurance. You are not registered by this and nothing is to be paid. You may say no now, or ask at any time for this to be deleted."'],
  consent_lead: ['Boleh dihubungi lagi?', 'May we come back to them?'],
  basis_spoken: ['Setuju secara lisan', 'Agrees in words'],
  basis_business_contact: ['Kontak usaha', 'A business contact'],
  basis_signed: ['Setuju dengan tanda tangan', 'Agreed by signature'],
  basis_recorded: ['Setuju, direkam', 'Agreed, recorded'],
  basis_ticked: ['Setuju', 'Agreed'],
  standing: ['Kelanjutan', 'Follow-up'],
  standing_new: ['Belum dihubungi kantor', 'Not followed up by the office yet'],
  standing_contacted: ['Sudah dihubungi', 'Contacted'],
  standing_interested: ['Berminat', 'Interested'],
  standing_not_interested: ['Tidak berminat', 'Not interested'],
  standing_registered: ['Sudah terdaftar', 'Registered'],
  standing_lost: ['Tidak dapat dihubungi lagi', 'Cannot be reached any more'],
  came_PU: ['Penerima upah (PU)', 'Wage earners (PU)'],
  came_JAKON: ['Jasa konstruksi (JAKON)', 'Construction (JAKON)'],
  came_PMI: ['Pekerja migran (PMI)', 'Migrant workers (PMI)'],
  came_BPU: ['Pekerja mandiri (BPU)', 'Self-employed (BPU)'],
  answer: ['Jawab', 'Answer'],
  answer_words: ['Penjelasan Anda', 'What you say to this'],
  answer_of_you: ['Penjelasan Anda ({at})', 'What you said ({at})'],
  answer_sent: ['Terkirim', 'Sent'],
  asked_before: ['Pertanyaan sebelumnya', 'Asked before'],
  flags_title: ['Yang perlu diperhatikan', 'What is looked at'],
  session: ['Acara atau sesi', 'Session'],
  sex_unknown: ['Tidak dicatat jenis kelaminnya', 'Sex not noted'],
  count_section: ['Hitungan', 'The count'],
  heads: ['Jumlah hadir', 'How many came'],
  heads_sum: ['{n} orang hadir', '{n} people came'],
  segments: ['Di antaranya', 'Among them'],
  officials: ['Pejabat desa atau dinas', 'Officials'],
  more_than_came: ['Lebih banyak daripada yang hadir.', 'More than came.'],
  messages: ['Pesan', 'Messages'],
  unread: ['{n} baru', '{n} new'],
  unread_one: ['baru', 'new'],
  mark_read: ['Sudah dibaca', 'Mark as read'],
  shown_through: ['Berlaku sampai {day}', 'Until {day}'],
  said_question: ['Jawaban atas pertanyaan Anda', 'Answer to your question'],
  said_accept: ['Penjelasan Anda diterima', 'What you said is accepted'],
  said_uphold: ['Tetap dipertanyakan', 'Still in question'],
  said_reopen: ['Dibuka lagi', 'Opened again'],
  to_record: ['Lihat catatannya', 'See the record'],
  no_storage: ['Peramban ini tidak dapat menyimpan data. Pakai Chrome, bukan mode penyamaran.', 'This browser cannot store data. Use Chrome, and not a private window.'],
  no_room: ['Ruang penyimpanan tablet penuh, aplikasi tidak dapat dibuka. Catatan tetap aman. Hapus berkas lain dari tablet, lalu buka lagi.', 'The tablet\'s storage is full and the app cannot open. Records are safe. Delete other files from the tablet and open it again.'],
  elsewhere: ['Isinya ada di tablet tempat Anda mencatatnya. Perbaiki di tablet itu, atau minta koordinator memperbaikinya.', 'What it says is on the tablet on which you recorded it. Put it right there, or ask your coordinator to.'],
  drafts_here: ['{n} belum selesai', '{n} not finished'],
  campaign_not_out: ['Kegiatan ini tidak berlangsung hari ini ({first} – {last}).', 'This activity is not out today ({first} – {last}).'],
  campaign_no_signups: ['Kegiatan ini tidak menerima pendaftaran. Pilih yang lain, atau catat prospek.', 'This activity takes no registrations. Choose another, or note a lead.'],
  notes_closed: ['Tidak ada isi lagi di tablet: server sudah menyimpannya.', 'Nothing of it is left on the tablet: the server has it.'],
};

let language = /** @type {0 | 1} */ (0);

/** The chosen language, `id` or `en`. */
export function chosen() {
  return language ? 'en' : 'id';
}

export async function loadLanguage() {
  use(await setting('language', 'id'));
}

/** @param {string} code */
export async function chooseLanguage(code) {
  use(code);
  await set('language', code);
}

/** @param {string} code */
function use(code) {
  language = code === 'en' ? 1 : 0;
  document.documentElement.lang = chosen();
}

/** A text with its values put in. @param {string} name @param {Record<string, string | number>} [values] */
export function t(name, values = {}) {
  const text = WORDS[name]?.[language] ?? name;
  return text.replace(/\{(\w+)\}/g, (_, key) => String(values[key] ?? ''));
}

/** Rupiah in the language's own form. @param {number} amount */
export function rupiah(amount) {
  return `Rp ${amount.toLocaleString(language ? 'en-GB' : 'id-ID')}`;
}

/** An instant as people read it, in the tablet's own zone. @param {number | string} at */
export function when(at) {
  if (!at || Number.isNaN(new Date(at).getTime())) return '';
  const form = /** @type {Intl.DateTimeFormatOptions} */ ({ dateStyle: 'medium', timeStyle: 'short' });
  return new Date(at).toLocaleString(language ? 'en-GB' : 'id-ID', form);
}

/** How long, in the largest unit that tells it. @param {number} ms */
export function duration(ms) {
  const minutes = Math.round(Math.abs(ms) / 60_000);
  const [unit, size] = /** @type {['day' | 'hour' | 'minute', number]} */ (minutes >= 2880 ? ['day', 1440] : minutes >= 120 ? ['hour', 60] : ['minute', 1]);
  return new Intl.NumberFormat(language ? 'en-GB' : 'id-ID', { style: 'unit', unit, unitDisplay: 'long' }).format(Math.round(minutes / size));
}

/** A date written as 2026-11-20, as people read it. @param {string} date */
export function dayOf(date) {
  const noon = new Date(`${date}T12:00`);
  return Number.isNaN(noon.getTime()) ? '' : noon.toLocaleDateString(language ? 'en-GB' : 'id-ID', { weekday: 'long', day: 'numeric', month: 'long' });
}

/** A date of any year, written 1984-03-05, as people write it. @param {unknown} date */
export function dateOf(date) {
  const noon = new Date(`${date}T12:00`);
  return Number.isNaN(noon.getTime()) ? String(date ?? '') : noon.toLocaleDateString(language ? 'en-GB' : 'id-ID', { day: 'numeric', month: 'long', year: 'numeric' });
}

/** @param {number} n */
export function months(n) {
  return n === 1 ? t('month') : t('months', { n });
}

/** One of the two, by the language. @param {any} indonesian @param {any} english */
export function either(indonesian, english) {
  return String((language ? english : indonesian) ?? '');
}
