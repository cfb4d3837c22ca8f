# frozen_string_literal: true

require "net/http"
require "support/rspec"
require "support/repeating_server"
require "support/secrets_helpers"

# Each failure, with secrets that occur nowhere else: none of them is told, in no form, in no place a person looks at.
RSpec.describe "A secret", :integration, :postback, :secrets do
  # What went wrong was told, so that there is something to look at, and that it came to where the secret is used.
  # @param words [Regexp] what stands in the log
  def expect_failure(config, words, **options)
    process = launch({ mailboxes: [config] }, **options)
    line = process.wait_for_log(what: "an error") { |candidate| candidate["error"] }
    expect(line["error"]).to match(words)
    process.term
    process.exit_status(20)
    expect_untold(process)
  end

  def repeating(greeting = "", &)
    RepeatingServer.new(greeting, &).tap { |server| disposables << server }
  end

  describe "of the inbox" do
    def wrong(**others)
      settings(inbox, password: secret(:imap), **others)
    end

    it("is not told when it is wrong") { expect_failure(wrong, /auth/i) }
    it("is not told when it is wrong for AUTHENTICATE") { expect_failure(wrong(auth_method: "plain"), /auth/i) }
    it("is not told when nobody listens") { expect_failure(wrong(port: Servers::Ports.free), /connect/) }
    it("is not told when there is no such host") { expect_failure(wrong(host: "imap.example.invalid"), /resolve/) }
    it("is not told when there is no TLS") { expect_failure(wrong(ssl: true, tls_timeout: 2), /TLS/) }

    # What a server says to a command, the words it was sent in it, and what the log says of that.
    answers = {
      "LOGIN" => { "NO" => [->(tag, words, _) { "#{tag} NO cannot #{words}\r\n" }, /NO: cannot .*\[REDACTED\]/],
                   "BAD" => [->(tag, words, _) { "#{tag} BAD #{words}\r\n" }, /BAD: .*\[REDACTED\]/],
                   "BYE" => [->(_, words, _) { "* BYE who says #{words}?\r\n" }, /BYE: who says .*\[REDACTED\]/],
                   "another tag" => [->(_, words, _) { "#{words} OK done\r\n" }, /unusable .* waiting for LOGIN/],
                   "nonsense" => [->(_, words, _) { "#{words}\r\n" }, /unusable .* waiting for LOGIN/] },
      "SELECT" => { "NO" => [->(tag, _, said) { "#{tag} NO after #{said}\r\n" }, /NO: after .*\[REDACTED\]/],
                    "BYE" => [->(_, _, said) { "* BYE after #{said}\r\n" }, /BYE: after .*\[REDACTED\]/] }
    }
    answers.each do |command, ways|
      ways.each do |way, (answer, reason)|
        it "is not told by a server that repeats it to #{command} with #{way}" do
          said = nil
          server = repeating("* OK ready\r\n") do |line|
            tag, name, words = line.split(" ", 3)
            said = words if name == "LOGIN"
            next answer.call(tag, words, said) if name == command

            "#{"* CAPABILITY IMAP4rev1\r\n" if name == 'CAPABILITY'}#{tag} OK done\r\n"
          end
          expect_failure(wrong(port: server.port, command_timeout: 2), reason)
        end
      end
    end

    it "is not told by a server that repeats what AUTHENTICATE sent" do
      server = repeating("* OK ready\r\n") do |line|
        case line
        when /\A(\S+) CAPABILITY/ then "* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n#{Regexp.last_match(1)} OK done\r\n"
        when /AUTHENTICATE/ then "+ \r\n"
        else "* BYE #{line} #{line.unpack1('m').tr("\0", ' ')}\r\n"
        end
      end
      expect_failure(wrong(port: server.port, auth_method: "plain"), /BYE: .*\[REDACTED\]/)
    end
  end

  describe "of Redis" do
    def sidekiq(url, **options)
      settings(inbox, delivery: { redis_url: url, **options })
    end

    before { inbox.append(Mails.small(1)) }

    it "is not told when it is wrong" do
      own_redis = own(Servers::Redis.new(password: "right"))
      expect_failure(sidekiq("redis://:#{escaped(:redis)}@127.0.0.1:#{own_redis.port}"), /refused/)
    end

    it "is not told when there is no such host" do
      expect_failure(sidekiq("redis://user:#{escaped(:redis)}@redis.example.invalid"), /resolve/)
    end

    it "is not told by a server that repeats what it does not know" do
      # A command is a list: a line with its size, and two for each word.
      server = repeating do |line|
        line.match?(/\A[*$]|\AAUTH\z/) ? "" : "-ERR unknown command 'AUTH', with args beginning with: '#{line}'\r\n"
      end
      expect_failure(sidekiq("redis://:#{escaped(:redis)}@127.0.0.1:#{server.port}", delivery_timeout: 2),
                     /ERR unknown command .*\[REDACTED\]/)
    end

    it "is not told when the URL is none" do
      process = launch({ mailboxes: [sidekiq("http://:#{escaped(:redis)}@127.0.0.1")] })
      expect(process.exit_status).to eq(1)
      expect(process.stderr).to include("redis_url")
      expect_untold
    end

    it "is not told when a sentinel takes another" do
      sentinels = own(Servers::Sentinels.new(password: "right"))
      expect_failure(sidekiq("redis://:#{escaped(:redis)}@mymaster", sentinels: sentinels.addresses,
                                                                     sentinel_password: secret(:sentinel)), /sentinel/)
    end

    it "is not told by the arbiter" do
      options = { redis_url: "redis://:#{escaped(:redis)}@127.0.0.1:#{Servers::Ports.free}" }
      expect_failure(settings(arbitration_method: "redis", arbitration_options: options), /Redis/)
    end
  end

  it "of PostgreSQL is not told when it is wrong" do
    inbox.append(Mails.small(1))
    options = SharedServers.postgres.options(password: secret(:postgres))
    expect_failure(settings(delivery_method: "que").merge(delivery_options: options), /password authentication/)
  end

  describe "of a webhook" do
    before do
      inbox.append(Mails.small(1))
      # All it was sent, as it is and escaped.
      web.decide do |request|
        { status: status, headers: { "X-Repeated" => request.path },
          body: JSON.generate(error: [request.path, *request.headers.values].join(" "), again: request.headers) }
      end
    end

    let(:status) { 401 }

    [400, 401, 403, 404, 422, 429, 500, 503].each do |answered|
      context "that answers #{answered} and repeats what it was sent" do
        let(:status) { answered }

        let(:repeated) { /the answer was #{answered}\b.*\[REDACTED\]/ }

        it("is not told when it is a token") { expect_failure(postback(delivery_token: secret(:token)), repeated) }

        it "is not told when it is a password" do
          expect_failure(postback(delivery_username: "user", delivery_password: secret(:basic)), repeated)
        end

        it "is not told when it stands in the URL" do
          url = web.url("/hook?key=#{escaped(:query)}").sub("://", "://user:#{escaped(:url)}@")
          expect_failure(postback(delivery_url: url, delivery_options: {}), repeated)
        end
      end
    end

    def signed
      { url: web.url, jwt_auth_header: "Api-Request", jwt_issuer: "mailroom", jwt_algorithm: "HS256",
        jwt_secret_path: folder.join("secret") }
    end

    it "is not told when it signs a JWT" do
      secrets.register(:jwt, text = [SecureRandom.bytes(32)].pack("m0"))
      folder.write("secret", text)
      expect_failure(postback(delivery: signed), /the answer was 401.*\[REDACTED\]/)
      web.requests.each { |request| secrets.register(:signed, request.headers.fetch("api-request")) }
      expect_untold
    end

    it "is not told when it cannot be used" do
      folder.write("secret", secret(:jwt))
      process = launch({ mailboxes: [postback(delivery: signed)] })
      expect(process.exit_status).to eq(1)
      expect_untold
    end

    it "is not told when it is of a proxy that wants another" do
      proxy = own(Servers::Proxy.new({}, credentials: "user:right"))
      address = "http://user:#{escaped(:proxy)}@127.0.0.1:#{proxy.port}"
      expect_failure(postback(delivery_url: "http://gitlab.example.invalid/hook", delivery_options: {}),
                     /the answer was 407/, env: { "http_proxy" => address, "no_proxy" => nil })
    end

    it "is not told when it is of a proxy that is away" do
      address = "http://user:#{escaped(:proxy)}@127.0.0.1:#{Servers::Ports.free}"
      expect_failure(postback(delivery_url: "https://gitlab.example.invalid/hook", delivery_options: {}),
                     /cannot connect: Connection refused/, env: { "https_proxy" => address, "no_proxy" => nil })
    end
  end

  it "is not told by a delivery class that raises with all it knows" do
    inbox.append(*(1..10).map { |number| Mails.small(number) })
    # Its own options stay in Ruby, so that only the password can be known to the log.
    mailbox = settings(password: inbox.password, delivery_method: nil, delivery_klass: "Telltale",
                       delivery_options: { api_token: secret(:option) })
    secrets.register(:imap, inbox.password)
    process = program("telltale", mailbox)
    process.wait_until(what: "all ways to fail") do
      process.log.map { |line| line["error"] }.compact.uniq.size >= 8
    end
    expect_untold
  end

  describe "of a process that serves" do
    let(:mailbox) do
      url = redis.url.sub("://", "://:#{escaped(:redis)}@")
      settings(password: inbox.password, delivery: { redis_url: url, sentinel_password: secret(:other) })
    end

    before { secrets.register(:imap, inbox.password) }

    it "is not told by its title, its health check, nor when it crashes" do
      port = Servers::Ports.free
      # It is to crash, and a core dump, with all its secrets, would stay in the checkout.
      process = mail_room(mailbox, options: { command: ["prlimit", "--core=0", *MailRoomProcess::COMMAND] },
                                   health_check: { address: "127.0.0.1", port: port })
      process.wait_for_action("Setting up watcher")
      expect_untold
      process.wait_until(what: "the health check") { Servers::Ports.open?(port) }
      answers = %w[/liveness /readiness /metrics /].map { |path| Net::HTTP.get_response("127.0.0.1", path, port) }
      expect(secrets.told_by(answers.map { |answer| [answer.to_hash, answer.body] }.to_s)).to eq([])

      # Ruby's own report of a crash tells what it can: frames, registers, loaded files.
      process.signal("SEGV")
      process.wait_for_end
      expect(process.stderr).to include("[BUG]")
      expect(secrets.told_by(process.everything)).to eq([])
    end
  end
end
