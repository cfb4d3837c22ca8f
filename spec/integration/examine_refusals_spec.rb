# frozen_string_literal: true

require "json"
require "socket"
require "mail_room/native"
require "support/postback_helpers"
require "support/rspec"

# What `mail_room check` finds of servers that let us in, and refuse or repeat something.
RSpec.describe "A look at what refuses something", :integration, :postback do
  def examine(settings, **options)
    findings = JSON.parse(MailRoom::Native.examine(JSON.generate(settings), JSON.generate(options)))
    findings.to_h { |finding| [finding["check"], finding.slice("outcome", "detail", "advice")] }
  end

  # The IMAP server is away, so that only what comes behind it is looked at.
  def behind(delivery_method, delivery_options, **others)
    settings(port: Servers::Ports.free, delivery_method: delivery_method, delivery_options: delivery_options, **others)
  end

  def sidekiq(url = redis.url, arbitrated: false, read_only: false)
    arbitration = { arbitration_method: "redis", arbitration_options: { redis_url: url } }
    options = { redis_url: url, queue: "default", worker: "EmailReceiverWorker" }
    examine(behind("sidekiq", options, **(arbitrated ? arbitration : {})), read_only: read_only)
  end

  def finding(outcome, detail, advice = nil)
    match("outcome" => outcome, "detail" => detail, "advice" => advice)
  end

  describe "on a Redis" do
    def user(*rights)
      redis.client.call("ACL", "SETUSER", "weak", "reset", "on", ">hunter2", "~*", "+ping", "+role", "+select", *rights)
      "redis://weak:hunter2@127.0.0.1:#{redis.port}"
    end

    after { redis.client.call("ACL", "DELUSER", "weak") }

    it "says no when the user may not do what the daemon does" do
      transaction = %w[+multi +discard]
      push = %w[+sadd +lpush]
      claims = %w[+mget +set +del +evalsha +script|load]

      [true, false].each do |read_only|
        expect(sidekiq(user(*transaction, "+sadd"), read_only: read_only)["sidekiq.role"])
          .to finding("no", /NOPERM.*lpush/, /this right/)
      end
      expect(sidekiq(user(*transaction, *push))["sidekiq.role"]).to finding("yes", /takes what is written/)
      found = sidekiq(user(*transaction, *push, *claims - ["+evalsha"]), arbitrated: true)
      expect(found.values_at("sidekiq.role", "arbitration.role")).to all(finding("no", /NOPERM.*evalsha/, /this right/))
      found = sidekiq(user(*transaction, *push, *claims), arbitrated: true)
      expect(found.values_at("sidekiq.role", "arbitration.role")).to all(finding("yes", /takes what is written/))
      expect(redis.client.keys).to be_empty
    end

    it "pushes nothing where there are no transactions, and warns" do
      [%w[+sadd +lpush], %w[+sadd +lpush +multi]].zip([/not tried.*NOPERM.*multi/, /takes what is/]) do |rights, told|
        expect(sidekiq(user(*rights))["sidekiq.role"]).to include("outcome" => "yes", "detail" => told)
      end
      expect(sidekiq(user("+sadd", "+lpush"))["sidekiq.role"]["advice"]).to match(/\+multi \+discard/)
      expect(redis.client.keys).to be_empty
    end

    it "tells of processes that have gone silent" do
      redis.client.call("SADD", "processes", "host:1:a", "host:2:b")
      expect(sidekiq["sidekiq.workers"])
        .to finding("no", "2 Sidekiq processes were known in database 0 (key processes) and have gone silent",
                    /\Astart Sidekiq/)
    end

    it "does not take a sentinel for a replica" do
      sentinels = own(Servers::Sentinels.new)
      host, port = sentinels.addresses.first.values_at(:host, :port)
      expect(sidekiq("redis://#{host}:#{port}")["sidekiq.role"])
        .to finding("no", /is a sentinel/, /list it below sentinels/)
    end

    it "warns of a replica that takes what is written" do
      replica = own(Servers::Redis.new(replica_of: redis))
      replica.client.config(:set, "replica-read-only", "no")
      expect(sidekiq(replica.url)["sidekiq.role"])
        .to finding("yes", "this server is a replica; takes what is written", /lost.*master/)
    end
  end

  describe "on GitLab" do
    let(:secret) do
      Servers::Folder.new("jwt").tap { |folder| disposables << folder }.write("secret", ["s" * 16].pack("m0"))
    end

    def webhook(**options)
      url = web.url("/api/v4/internal/mail_room/incoming_email")
      examine(behind("postback", { url: url, content_type: "text/plain" }.merge(options)), read_only: true)
    end

    it "says no without a token, and to a secret that GitLab does not take, when nothing is sent" do
      expect(webhook["webhook.request"]).to finding("no", /nothing without a token/, /jwt_secret_path/)
      found = webhook(jwt_auth_header: "Gitlab-Mailroom-Api-Request", jwt_issuer: "gitlab-mailroom",
                      jwt_algorithm: "HS256", jwt_secret_path: secret)
      expect(found["webhook.request"]).to finding("no", /has 16 bytes; GitLab takes 32/, /openssl rand/)
      expect(web.requests).to be_empty
    end
  end

  it "spends no refresh token when it only reads, and else tells that there is a new one" do
    authorization = own(Servers::Authorization.new)
    server = own(Servers::Dovecot.new(mechanisms: %w[plain xoauth2], introspection: authorization.introspection))
    inbox = new_inbox(server)
    authorization.user = inbox.user
    oauth2 = { token_url: web.url("/token"), client_id: "a", client_secret: "b", refresh_token: "first-of-all" }
    mailbox = settings(inbox, password: nil, oauth2: oauth2, delivery_method: "noop")

    found = examine(mailbox, read_only: true)
    expect(found["imap.connect"]["outcome"]).to eq("yes")
    expect(found["imap.login"]).to finding("skipped", /read only.*refresh token/, /daemon is stopped/)
    expect(found["imap.idle"]).to finding("skipped", "needs imap.login")
    expect(web.requests).to be_empty
    %w[first-of-all another-one].zip([nil, /new refresh token.*token_command/]) do |token, advice|
      web.answer(status: 200, body: JSON.generate(access_token: authorization.token, refresh_token: token))
      found = examine(mailbox, only: "login")
      expect(found["imap.login"]).to finding("yes", /with an access token/, advice)
      expect(JSON.generate(found)).not_to include(token)
    end
  end

  it "tells no secret that a server repeats" do
    server = TCPServer.new("127.0.0.1", 0)
    peer = Thread.new { server.accept.write("* BYE we do not like s3cret-of-redis\r\n") }
    options = { redis_url: "redis://:s3cret-of-redis@127.0.0.1:#{Servers::Ports.free}", worker: "EmailReceiverWorker" }
    told = MailRoom::Native.examine(JSON.generate(behind("sidekiq", options, port: server.addr[1])), "{}")
    peer.join
    expect(told).to include("we do not like [REDACTED]")
    expect(told).not_to include("s3cret-of-redis")
  ensure
    server&.close
  end
end
