# frozen_string_literal: true

require "json"
require "openssl"
require "mail_room/native"
require "support/graph_helpers"
require "support/rspec"

# What `mail_room check` finds in front of real servers. Those that are not as they should be, as no real one is, are
# in the crate: src/inbox/imap/examine/tests.rs.
RSpec.describe "A look at a mailbox", :graph, :integration do
  def examine(settings, **options)
    findings = JSON.parse(MailRoom::Native.examine(JSON.generate(settings), JSON.generate(options)))
    expect(JSON.generate(findings)).not_to include(inbox.password)
    expect(MailRoom::Check::Questions::TEXTS).to include(*findings.map { |finding| finding["check"] })
    findings.to_h { |finding| [finding["check"], finding.slice("outcome", "detail", "advice")] }
  end

  def imap(**others)
    settings(delivery_method: "noop", host: "localhost", **others)
  end

  def over_tls(server = dovecot, **others)
    { port: server.ports[:imaps], ssl: { ca_file: certificates.ca_file }, **others }
  end

  def finding(outcome, detail, advice = nil)
    match("outcome" => outcome, "detail" => detail, "advice" => advice)
  end

  def needs(check)
    finding("skipped", "needs #{check}")
  end

  # Settings of a mailbox whose server is away, so that only what comes behind it is looked at.
  def behind(delivery_method, **others)
    settings(port: Servers::Ports.free).merge(delivery_method: delivery_method, **others)
  end

  # What is to be said of a certificate before anybody logs in.
  def presenting(certificate, **ssl)
    server = own(Servers::Dovecot.new(certificate: certificate))
    examine(imap(**over_tls(server, ssl: { ca_file: certificates.ca_file }.merge(ssl))))
  end

  describe "on an IMAP server" do
    it "goes through every step, and leaves the mailbox as it was" do
      inbox.append(Mails.small(1))
      found = examine(imap(**over_tls))

      expect(found.keys).to eq(%w[imap.resolve imap.connect imap.tls imap.auth imap.login imap.select imap.flags
                                  imap.uidplus imap.idle])
      expect(found.values.map { |one| one.values_at("outcome", "advice") }).to all(eq(["yes", nil]))
      expect(found["imap.resolve"]["detail"]).to match(/\Alocalhost is (127\.0\.0\.1|::1)/)
      expect(found["imap.tls"]["detail"]).to match(
        /\ATLSv1\.3, \w+; certificate for localhost, 127\.0\.0\.1, signed by CN=mail_room test authority, expires on /
      ).and end_with("; verified against ca_file #{certificates.ca_file}")
      expect(found["imap.auth"]["detail"]).to eq("offered: AUTH=PLAIN AUTH=LOGIN; to be used: the command LOGIN")
      expect(found["imap.select"]["detail"]).to eq('"INBOX" holds 1 messages; 1 wait (UNSEEN)')
      expect(found["imap.idle"]["detail"]).to match(/\Aoffered, and told of a message after \d+ ms\z/)
      expect([inbox.unseen, inbox.count]).to eq([1, 1])
    end

    it "begins TLS after STARTTLS, and warns of a certificate that nobody verifies" do
      found = examine(imap(start_tls: true, ssl: { verify_mode: "none" }), only: "login")

      expect(found["imap.tls"])
        .to finding("yes", /\Aafter STARTTLS: TLSv1\.3.*; not verified\z/, /read the password.*ssl\.ca_file/)
      expect(found.keys.last).to eq("imap.select")
      expect(examine(imap(search_command: "ALL", ssl: { verify_mode: "none" }), read_only: true)["settings.remark"])
        .to finding("yes", /verify_mode is none/, /unless it is meant so/)
    end

    it "tells which of a certificate's parts is wrong, and what the server shows" do
      expect(presenting(certificates.good, ca_file: certificates.client.certificate)["imap.tls"])
        .to finding("no", /not signed by a trusted CA.*shows a certificate for localhost/, /set ssl\.ca_file/)
      expect(presenting(certificates.self_signed)["imap.tls"])
        .to finding("no", /signed by itself/, /signs itself: set ssl\.ca_file/)
      expect(presenting(certificates.wrong_host)["imap.tls"])
        .to finding("no", /for another host name.*shows a certificate for mail\.example\.com/, /mail\.example\.com/)
      expect(presenting(certificates.nameless)["imap.tls"])
        .to finding("no", /for another host name.*certificate for CN=localhost/, /no subjectAltName.*DNS:localhost/)
      expired = presenting(certificates.expired)
      expect(expired["imap.tls"]).to finding("no", /has expired.*expired on \d{4}/, /renewed.*clock/)
      expect(expired["imap.login"]).to needs("imap.tls")
    end

    it "tells a CA that was made anew" do
      expect(presenting(Servers::Certificates.new.good)["imap.tls"])
        .to finding("no", /\Athe certificate is not signed by the key of the CA of that name/, /set ssl\.ca_file/)
    end

    it "tells ports that are mixed up" do
      expect(examine(imap(ssl: true))["imap.tls"])
        .to finding("no", /speaks IMAP without TLS \(it says "\* OK/, /start_tls: true.*993/)
      port = dovecot.ports[:imaps]
      [{}, { start_tls: true }].each do |settings|
        expect(examine(imap(port: port, greeting_timeout: 1, **settings))["imap.tls"])
          .to finding("no", "port #{port} of localhost speaks TLS from the first byte", /set ssl: true/)
      end
    end

    it "tells that nothing listens, and that there is no such host" do
      found = examine(imap(port: Servers::Ports.free))
      expect(found["imap.connect"]).to finding("no", /Connection refused/, /nothing listens there/)
      expect(found["imap.idle"]).to needs("imap.connect")
      expect(examine(imap(host: "mail.invalid"))["imap.resolve"]).to finding("no", /mail\.invalid/, /getent/)
    end

    it "tells a wrong password from a mailbox that is not there" do
      expect(examine(imap(password: "wr0ng"))["imap.login"])
        .to finding("no", /AUTHENTICATIONFAILED/, /check email \(user\) and password/)
      found = examine(imap(name: "inbx"))
      expect(found["imap.login"]["outcome"]).to eq("yes")
      expect(found["imap.select"]).to finding("no", /doesn't exist.*; there are "INBOX"/, /set name/)
    end

    it "waits for a message on its way, and removes it" do
      settings = JSON.generate(imap)
      other = Thread.new { inbox.append("Message-ID: <probe@example.com>\r\n\r\n") }
      found = JSON.parse(MailRoom::Native.await_message(settings, "<probe@example.com>", 20))
      other.join

      expect(found).to match("check" => "arrival", "outcome" => "yes", "detail" => /\Athe message was there after /,
                             "advice" => nil)
      expect(inbox.count).to eq(0)
      expect(JSON.parse(MailRoom::Native.await_message(settings, "<probe@example.com>", 0.1)))
        .to include("outcome" => "no", "detail" => "nothing came into the mailbox within 0.1 s")
    end

    it "takes only a message of exactly that name" do
      inbox.append("Message-ID: <the-probe@example.com.invalid>\r\n\r\n")
      inbox.append("Message-ID: <>\r\n\r\n")
      settings = JSON.generate(imap)

      ["probe@example.com", ""].each do |id|
        expect(JSON.parse(MailRoom::Native.await_message(settings, id, 0.1))).to include("outcome" => "no")
      end
      expect(inbox.count).to eq(2)
    end

    it "puts nothing where it could not be removed again" do
      server = own(Servers::Dovecot.new(acl: "owner lrwsipe"))
      server.add_user("anna", "hunter2")
      found = examine(imap(port: server.ports[:imap], email: "anna", password: "hunter2"))

      expect(found["imap.flags"]["outcome"]).to eq("yes")
      expect(found["imap.idle"]).to finding("skipped", /could not be marked as seen and deleted/)
      expect(server.inbox("anna").count).to eq(0)
    end

    it "leaves recent messages recent" do
      dovecot.fill(inbox.user, [Mails.small(1), Mails.small(2)])
      looks = [{ read_only: true }, {}, {}].map do |options|
        examine(imap(search_command: "NEW"), **options)["imap.select"]["detail"]
      end
      expect(looks).to all(eq('"INBOX" holds 2 messages; 2 wait (NEW)'))
    end

    it "removes what it has put there although nobody waits for it any more" do
      Thread.new { examine(imap) }.tap { |look| sleep(0.005) until inbox.count == 1 || !look.alive? }.kill.join
      Wait.until(30, what: "the message to be removed") { inbox.count.zero? }
      expect(inbox.count).to eq(0)
    end

    it "is broken off like any other waiting, and lets other threads run" do
      deaf = Servers::DeafPort.new.tap { |port| disposables << port }
      expect { Timeout.timeout(0.2) { examine(imap(port: deaf.port)) } }.to raise_error(Timeout::Error)
    end
  end

  it "finds the folder on Microsoft Graph, and tells of what it may not do" do
    account.deliver(Mails.small(1))
    settings = on_graph(delivery_method: "noop")
    found = examine(settings)
    expect(found.keys).to eq(%w[graph.token graph.folder])
    expect(found["graph.folder"]).to finding("yes", '"inbox" holds 1 messages, 1 of them unread')

    expect(examine(settings.merge(name: "inbx"))["graph.folder"])
      .to finding("no", /\Ano folder is called "inbx"; nearest are "Inbox"/, /set name/)
    expect(examine(on_graph(options: { client_secret: "wr0ng" }, delivery_method: "noop"))["graph.token"])
      .to finding("no", /AADSTS7000215/, /client_secret is wrong/)
    graph.fault(:folder, status: 403, code: "ErrorAccessDenied")
    expect(examine(settings)["graph.folder"])
      .to finding("no", /403/, /Mail\.ReadWrite.*New-ApplicationAccessPolicy.*#{account.email}/)
  end

  it "waits for a message on Microsoft Graph" do
    account.deliver("Message-ID: <probe@example.com>\r\n\r\n")
    settings = JSON.generate(on_graph(delivery_method: "noop"))

    expect(JSON.parse(MailRoom::Native.await_message(settings, "<probe@example.com>", 20)))
      .to include("check" => "arrival", "outcome" => "yes")
    expect(account.messages).to be_empty
  end

  describe "that delivers to Sidekiq" do
    def sidekiq(redis = self.redis, arbitration: {}, **delivery)
      options = { redis_url: redis.url }.merge(delivery)
      options = { queue: "default", worker: "EmailReceiverWorker" }.merge(options)
      found = examine(behind("sidekiq", delivery_options: options, arbitration_options: arbitration,
                                        arbitration_method: arbitration.empty? ? "noop" : "redis"))
      found.select { |check, _| check.start_with?("sidekiq", "arbitration") }
    end

    # As a process of Sidekiq tells of itself.
    def working(*queues, db: 0, prefix: "")
      redis.client(db: db).call("SADD", "#{prefix}processes", "host:1:a")
      redis.client(db: db).hset("#{prefix}host:1:a", "info", JSON.generate(queues: queues))
      redis.client(db: 0)
    end

    after { redis.client.config(:set, "maxmemory", "0") }

    it "finds who works off the jobs, and leaves nothing in Redis" do
      worker = own(Servers::Sidekiq.new(redis_url: redis.url, require: "spec/fixtures/programs/worker.rb"))
      found = sidekiq
      expect(found["sidekiq.redis"]).to finding("yes", "redis://127.0.0.1:#{redis.port}, database 0 answers")
      expect(found["sidekiq.role"]).to finding("yes", "master, with 0 replicas; takes what is written")
      expect(found["sidekiq.workers"]).to finding("yes", '1 of 1 Sidekiq processes take jobs from queue "default"')
      expect(sidekiq(queue: "mailers")["sidekiq.workers"])
        .to finding("no", /none of 1.*"mailers"; they take default/, /set queue/)
      worker.stop
      expect(redis.client.keys("mail_room:*")).to be_empty
    end

    it "tells where Sidekiq is when it is not here" do
      expect(sidekiq["sidekiq.workers"]).to finding("no", /no Sidekiq process is known in database 0/, /start Sidekiq/)
      working("default", db: 3)
      expect(sidekiq["sidekiq.workers"]).to finding("no", /there is one in database 3/, /set redis_db/)
      working("default", prefix: "resque:gitlab:")
      redis.client(db: 3).flushdb
      expect(sidekiq["sidekiq.workers"]).to finding("no", /under another namespace/, /resque:gitlab/)
      expect(sidekiq(namespace: "resque:gitlab")["sidekiq.workers"]["outcome"]).to eq("yes")
    end

    it "tells what keeps Redis from taking jobs" do
      replica = own(Servers::Redis.new(replica_of: redis))
      expect(sidekiq(replica)["sidekiq.role"]).to finding("no", /is a replica/, /master/)
      locked = own(Servers::Redis.new(password: "hunter2"))
      found = sidekiq(redis_url: "redis://:wr0ng@127.0.0.1:#{locked.port}")
      expect(found["sidekiq.redis"]).to finding("no", /password refused/, /redis_url/)
      expect(found["sidekiq.redis"]["detail"]).not_to include("wr0ng")
      redis.client.config(:set, "maxmemory", "1gb")
      redis.client.config(:set, "maxmemory-policy", "allkeys-lru")
      expect(sidekiq["sidekiq.role"]).to finding("yes", /takes what is written/, /allkeys-lru.*noeviction/)
      expect(found["sidekiq.workers"]).to needs("sidekiq.redis")
    end

    it "names the master that sentinels know" do
      sentinels = own(Servers::Sentinels.new)
      found = sidekiq(redis_url: sentinels.url, sentinels: sentinels.addresses)
      port = sentinels.master.port
      expect(found["sidekiq.redis"])
        .to finding("yes", %(redis master "mymaster", database 0 answers; the sentinels name 127.0.0.1:#{port}))
      expect(found["sidekiq.role"]).to finding("yes", /\Amaster, with 1 replicas/)
    end

    it "warns of an arbiter in another database" do
      expect(sidekiq(redis_db: 0, arbitration: { redis_url: redis.url })["arbitration.redis"])
        .to finding("yes", /database 0 answers/)
      found = sidekiq(redis_db: 2, arbitration: { redis_url: redis.url })
      expect(found["arbitration.redis"]).to finding("yes", /database 0 answers/, /another database than Sidekiq's/)
      expect(found["arbitration.role"]["outcome"]).to eq("yes")
    end
  end

  describe "that posts to GitLab" do
    let(:secret) do
      Servers::Folder.new("jwt").tap { |folder| disposables << folder }.write("secret", [secret_bytes].pack("m0"))
    end
    let(:secret_bytes) { "s" * 32 }
    let(:path) { "/gitlab/api/v4/internal/mail_room/incoming_email" }

    def webhook(server = web, options: {}, **delivery)
      delivery = { url: server.url(path), content_type: "text/plain", jwt_auth_header: "Gitlab-Mailroom-Api-Request",
                   jwt_issuer: "gitlab-mailroom", jwt_algorithm: "HS256", jwt_secret_path: secret }.merge(delivery)
      examine(behind("postback", delivery_options: delivery), **options)
        .select { |check, _| check.start_with?("webhook") }
    end

    it "sends a mail that GitLab drops" do
      expect(webhook["webhook.request"]).to finding("yes", /\Aanswered 200 after \d+ ms\z/)
      request = web.requests.fetch(0)
      expect([request.path, request.body]).to match([path, /^Auto-Submitted: auto-generated\r$/])
      expect(request.headers["gitlab-mailroom-api-request"].split(".").size).to eq(3)
      expect(webhook(options: { read_only: true })["webhook.request"]).to finding("skipped", /read only/)
      expect(webhook(url: web.url("/hook"))["webhook.request"]).to finding("skipped", /this is not GitLab/)
      expect(web.requests.size).to eq(1)
    end

    {
      { status: 404 } => [/404/, /relative URL root/],
      { status: 405 } => [/405/, /delivery_url/],
      { status: 502 } => [/502/, /Puma and Workhorse/],
      { status: 302, headers: { "Location" => "https://gitlab.example.com/x" } } =>
        [/https:..gitlab\.example\.com/, /redirects/],
      { status: 401 } => [/401/, /\Ais the secret file the one that GitLab has/]
    }.each do |answer, (detail, advice)|
      it "says what an answer of #{answer} means" do
        web.answer(answer)
        expect(webhook["webhook.request"]).to finding("no", detail, advice)
      end
    end

    it "says what a 401 means of a receiver whose clock is an hour behind" do
      web.answer(status: 401, headers: { "Date" => (Time.now.utc - 3600).strftime("%a, %d %b %Y %H:%M:%S GMT") })
      advice = /\Aset this machine's clock, which is 3[56]\d{2} s ahead.*secret_file of incoming/
      expect(webhook["webhook.request"]).to finding("no", /clock is 3[56]\d{2} s ahead/, advice)
    end

    context "with a secret of another length" do
      let(:secret_bytes) { "s" * 16 }

      it "sends nothing" do
        expect(webhook["webhook.request"]).to finding("no", /has 16 bytes; GitLab takes 32/, /openssl rand -base64 32/)
        expect(web.requests).to be_empty
      end
    end

    it "tells of TLS as it does of that of the mailbox" do
      secured = own(Servers::Web.new(certificate: certificates.good))
      expect(webhook(secured)["webhook.tls"])
        .to finding("no", /not signed by a trusted CA/, /delivery_options\.ssl\.ca_file/)
      found = webhook(secured, ssl: { ca_file: certificates.ca_file })
      expect(found.values.map { |one| one["outcome"] }).to eq(%w[yes yes yes])
    end
  end

  it "looks for the table of Que's jobs" do
    postgres = SharedServers.postgres
    look = ->(options) { examine(behind("que", delivery_options: options))["que.postgresql"] }

    expect(look.call(postgres.options)).to finding("no", /no table que_jobs/, /migrations/)
    postgres.create_que_jobs(:modern)
    expect(look.call(postgres.options)).to finding("yes", /\Aconnected; table que_jobs is there/)
    expect(look.call(postgres.options(password: "wr0ng")))
      .to finding("no", /password authentication failed/, /check username, password/)
    expect(look.call(postgres.options(port: Servers::Ports.free))).to finding("no", /refused/, /check host, port/)
  end
end
