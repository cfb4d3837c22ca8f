# frozen_string_literal: true

require "support/rspec"

# A PostgreSQL that is there, and does not do what it is asked.
RSpec.describe "A PostgreSQL that is not well", :integration, :outage do
  let(:ill) { own(Servers::Postgres.new) }
  let(:door) { front(ill.port) }

  def que(limit: 3, **changes)
    options = ill.options(sslmode: "disable", **changes)
    settings(delivery_method: "que", delivery_timeout: limit, connect_timeout: limit).merge(delivery_options: options)
  end

  def through_the_door(**changes)
    que(port: door.port, **changes)
  end

  # Each message once.
  def expect_recovered
    expect_recovery(ill.password)
    expect(ill.jobs.map { |job| Mails.number(JSON.parse(job["args"]).first) }).to match_array([1, 2])
  end

  shared_examples "one that is waited for" do |reason|
    it "holds the jobs back until it is well" do
      ill.create_que_jobs(:classic)
      fall_ill
      expect_outage(que, reason)
      recover
      expect_recovered
    end
  end

  describe "as its disk is full" do
    let(:ill) { own(Servers::Postgres.new(small_disk: true)) }

    def fall_ill
      ill.query("ALTER TABLE que_jobs SET TABLESPACE small")
      ill.query("CREATE TABLE ballast (text text) TABLESPACE small")
      # Not compressed and not put elsewhere, one row fills one page.
      ill.query("ALTER TABLE ballast ALTER COLUMN text SET STORAGE PLAIN")
      loop { ill.query("INSERT INTO ballast SELECT repeat('x', 7000) FROM generate_series(1, 10)") }
    rescue PG::DiskFull
      fill_up
    end

    def fill_up
      loop { ill.query("INSERT INTO ballast VALUES (repeat('x', 7000))") }
    rescue PG::DiskFull
      nil
    end

    def recover
      ill.query("DROP TABLE ballast")
      ill.query("CHECKPOINT")
    end

    before do
      reason = Servers::Postgres.small_disk_impossible
      skip reason if reason
    end

    it_behaves_like "one that is waited for", /PostgreSQL is not available: .*No space left on device.*SQLSTATE 53100/
  end

  describe "as it takes no more sessions" do
    let(:sessions) { [] }

    def fall_ill
      sessions.concat(Array.new(40) { connect }.compact)
    end

    def connect
      PG.connect(**ill.options.slice(:host, :port, :password), dbname: ill.options[:database], user: "mailer")
    rescue PG::ConnectionBad
      nil
    end

    def recover
      sessions.each(&:close)
    end

    it_behaves_like "one that is waited for", /(?:SQLSTATE 53300|too many)/
  end

  describe "as it only lets read" do
    def fall_ill
      ill.query("ALTER ROLE mailer SET default_transaction_read_only = on")
    end

    def recover
      ill.query("ALTER ROLE mailer SET default_transaction_read_only = off")
    end

    it_behaves_like "one that is waited for", /read-only transaction.*SQLSTATE 25006/
  end

  describe "as it is frozen" do
    def fall_ill
      ill.pause
    end

    def recover
      ill.resume
    end

    it_behaves_like "one that is waited for", /not connected within 3 s/
  end

  it "ends the session that waits for a lock: the message is delivered, once" do
    ill.create_que_jobs(:classic)
    process = mail_room(que(limit: 30), settings(neighbour, delivery: { redis_url: well.url }))
    process.wait_for_action("Idling", email: inbox.user)
    ill.query("BEGIN; LOCK TABLE que_jobs IN SHARE MODE")
    dovecot.fill(inbox.user, [Mails.small(1), Mails.small(2)])
    waiting = nil
    process.wait_until(what: "a session that waits") { waiting = blocked.first }
    ill.query("SELECT pg_terminate_backend(#{waiting})")
    wait_for_outage(/SQLSTATE 57P01/)
    expect_contained(2)
    ill.query("COMMIT")
    expect_recovered
  end

  def blocked
    ill.query("SELECT pid FROM pg_stat_activity WHERE application_name = 'mail_room' AND wait_event_type = 'Lock'")
       .map { |row| row["pid"] }
  end

  it "restarts while a message is on its way: it is delivered" do
    ill.create_que_jobs(:classic)
    process = mail_room(que(limit: 30), settings(neighbour, delivery: { redis_url: well.url }))
    process.wait_for_action("Idling", email: inbox.user)
    ill.query("BEGIN; LOCK TABLE que_jobs IN SHARE MODE")
    dovecot.fill(inbox.user, [Mails.small(1), Mails.small(2)])
    process.wait_until(what: "a session that waits") { blocked.first }
    ill.restart
    wait_for_outage(/SQLSTATE 57P0[1-3]|refused|closed/)
    expect_recovered
  end

  # An answer as the server sends it: its kind, its length, its content.
  def self.message(kind, content)
    [kind, content.bytesize + 4, content].pack("aNa*")
  end

  welcome = message("R", [0].pack("N")) + message("Z", "I")
  {
    "answers with garbage" =>
      [->(client) { client.write("\0\xFF\xFFgarbage" * 100) && sleep }, /invalid message|within 3 s/],
    "greets as a mail server does" =>
      [->(client) { client.write("220 mail.example.com ESMTP\r\n") && sleep }, /within 3 s|message/],
    "announces an answer of two gigabytes, and says no more" =>
      [->(client) { client.write("R\x7F\xFF\xFF\xFF") && sleep }, /within 3 s/],
    "sends an answer without end" =>
      [->(client) { client.write("R\x7F\xFF\xFF\xFF") && loop { client.write("x" * 65_536) } },
       /more than 16777216 bytes/],
    "sends notices without end" =>
      [->(client) { loop { client.write(message("N", "SNOTICE\0MHello\0\0") * 100) && sleep(0.01) } },
       /within 3 s|closed|message/],
    "lets everyone in and answers nothing" => [->(client) { client.write(welcome) && sleep }, /within 3 s/],
    "answers a question with one that nobody asked" =>
      [->(client) { client.write(welcome + (message("D", "\0\0") * 9)) && sleep }, /unexpected message|closed/],
    "asks for a password in a way that nobody knows" =>
      [->(client) { client.write(message("R", [99].pack("N"))) && sleep }, /authentication tag/],
    "asks for the password as it is, and keeps silent" =>
      [->(client) { client.write(message("R", [3].pack("N"))) && sleep }, /within 3 s/],
    "resets every connection" => [->(client) { Servers::Front.reset(client) }, /reset|broken|closed/i],
    "closes every connection" => [->(_client) {}, /reset|broken|closed/i]
  }.each do |what, (answer, reason)|
    it "#{what}: all mail waits" do
      ill.create_que_jobs(:classic)
      scope = self.class
      door.misbehave { |client| client.readpartial(4096) && scope.instance_exec(client, &answer) }
      expect_outage(through_the_door, /PostgreSQL is not available: 127.*#{reason}/)
      expect(processes.last.rss_kib).to be < 200_000
      door.behave
      expect_recovered
    end
  end

  it "accepts and never says a word: all mail waits" do
    ill.create_que_jobs(:classic)
    door.silence
    expect_outage(through_the_door, /not connected within 3 s/)
    door.behave
    expect_recovered
  end

  it "never ends the TLS handshake: all mail waits" do
    door.misbehave { |client| client.readpartial(4096) && client.write("S") && sleep }
    expect_outage(through_the_door(sslmode: "require"), /not connected within 3 s/)
  end

  it "drops what is sent to it: all mail waits" do
    deaf = Servers::DeafPort.new
    disposables << deaf
    expect_outage(que(port: deaf.port), /not connected within 3 s/)
  end

  it "is reset in the middle of a drain again and again: nothing is lost" do
    ill.create_que_jobs(:classic)
    dovecot.fill(inbox.user, (1..300).map { |number| Mails.small(number) })
    process = mail_room(through_the_door)
    3.times do |nth|
      Wait.until(60, what: "jobs", interval: 0) { ill.job_count >= 20 * (nth + 1) || inbox.unseen.zero? }
      door.cut
    end
    process.wait_until(60, what: "all marks") { inbox.unseen.zero? }
    numbers = ill.jobs.map { |job| Mails.number(JSON.parse(job["args"]).first) }
    expect(numbers.uniq).to match_array(1..300)
    # Those whose answers were lost, at most, come twice.
    expect(numbers.size).to be <= 303
  end
end
