# frozen_string_literal: true

require "support/rspec"
require "tempfile"
require "timeout"

# Deliveries and arbitration as any Ruby program uses them, without a mailbox.
RSpec.describe "Without a mailbox", :integration do
  around { |example| Timeout.timeout(60) { example.run } }

  # A server that takes connections and never answers.
  def paused_redis
    own(Servers::Redis.new).tap(&:pause)
  end

  def in_child
    reader, writer = IO.pipe
    child = fork do
      writer.write(yield.inspect)
    ensure
      exit!(0) # none of this process's own ends
    end
    writer.close
    reader.read
  ensure
    Process.wait(child) if child
  end

  describe MailRoom::Delivery::Sidekiq do
    def delivery(redis = self.redis, **others)
      described_class.new(described_class::Options.new(redis_url: redis.url, worker: "W", **others))
    end

    it "pushes a job with an id of its own" do
      delivery = delivery(queue: "mails")
      expect(Array.new(2) { delivery.deliver(Mails.fixture("reply")) }).to eq([true, true])

      jobs = redis.jobs("mails")
      expect(jobs).to all(include("class" => "W", "args" => [Mails.fixture("reply").force_encoding("UTF-8")]))
      expect(jobs.map { |job| job["jid"] }.uniq).to contain_exactly(/\A\h{24}\z/, /\A\h{24}\z/)
    end

    it "logs what it did as gitlab-mail_room does" do
      logged = []
      logger = Class.new { define_method(:info) { |fields| logged << fields } }.new
      delivery(logger: logger).deliver(Mails.small(1))

      expect(logged).to eq([{ delivery_method: "Sidekiq", action: "message pushed" }])
    end

    it "tells no password after it has worked" do
      delivery = delivery(sentinel_password: "hunter2")
      delivery.deliver(Mails.small(1))

      expect(delivery.inspect).not_to include("hunter2")
      expect { pp delivery }.not_to output(/hunter2/).to_stdout
    end

    it "follows a change of its options" do
      delivery = delivery(queue: "old")
      delivery.deliver(Mails.small(1))
      delivery.options.queue = "new"
      delivery.deliver(Mails.small(2))

      expect([redis.job_count("old"), redis.job_count("new")]).to eq([1, 1])
    end

    it "works in a child of the process in which it worked before" do
      delivery = delivery()
      delivery.deliver(Mails.small(1))

      expect(in_child { delivery.deliver(Mails.small(2)) }).to eq("true")
      expect(delivery.deliver(Mails.small(3))).to be(true)
      expect(redis.job_count).to eq(3)
    end

    it "gives up after the delivery timeout" do
      delivery = delivery(paused_redis, delivery_timeout: 0.5)

      expect { delivery.deliver(Mails.small(1)) }.to raise_error(MailRoom::Error, /no answer within 0.5 s/)
    end

    it "can be left by Timeout and by Thread#kill, while other threads go on" do
      delivery = delivery(paused_redis)
      thread = Thread.new { delivery.deliver(Mails.small(1)) }

      expect { Timeout.timeout(0.5) { delivery.deliver(Mails.small(2)) } }.to raise_error(Timeout::Error)
      expect(thread).to be_alive
      thread.kill
      expect(thread.join(5)).to be(thread)
    end

    it "serves several threads at once" do
      delivery = delivery()
      Array.new(8) { |number| Thread.new { delivery.deliver(Mails.small(number)) } }.each(&:join)

      expect(delivered_numbers).to match_array(0..7)
    end
  end

  describe MailRoom::Delivery::Postback do
    let(:web) { own(Servers::Web.new) }

    def delivery(**others)
      described_class.new(described_class::Options.new(url: web.url, content_type: "message/rfc822", **others))
    end

    it "posts the message with an id of its own" do
      delivery = delivery(username: "u", password: "hunter2")
      expect(Array.new(2) { delivery.deliver(Mails.fixture("latin1")) }).to eq([true, true])

      expect(web.requests.map(&:body)).to eq([Mails.fixture("latin1")] * 2)
      expect(web.requests.map { |request| request.headers["x-mailroom-delivery-id"] }.uniq.size).to eq(2)
      expect(web.requests.first.headers).to include("authorization" => "Basic #{['u:hunter2'].pack('m0')}")
    end

    it "signs it" do
      Tempfile.create("secret") do |file|
        file.write(["k" * 32].pack("m0"))
        file.close
        jwt = MailRoom::JWT.new(header: "X-Token", secret_path: file.path, issuer: "i", algorithm: "HS256")

        expect(delivery(jwt: jwt).deliver(Mails.small(1))).to be(true)
      end
      expect(web.requests.first.headers["x-token"]).to match(/\A[\w-]+\.[\w-]+\.[\w-]+\z/)
    end

    it "raises what the webhook answered" do
      web.answer({ status: 422 })

      expect { delivery.deliver(Mails.small(1)) }.to raise_error(MailRoom::Error, /message refused: .*422/)
    end
  end

  describe MailRoom::Delivery::Que do
    let(:postgres) { SharedServers.postgres }

    def delivery(**others)
      described_class.new(described_class::Options.new(**postgres.options(**others)))
    end

    it "inserts a job, over one session" do
      postgres.create_que_jobs(:classic)
      delivery = delivery(queue: "mails")
      expect(Array.new(2) { |number| delivery.deliver(Mails.small(number)) }).to eq([true, true])

      expect(postgres.jobs).to all(include("queue" => "mails", "priority" => "100", "job_class" => "EmailReceiverJob"))
      expect(postgres.jobs.map { |job| JSON.parse(job["args"]) }).to eq([[Mails.small(0)], [Mails.small(1)]])
      expect(postgres.sessions.size).to eq(1)
    end

    it "says why a message was not accepted, without the password" do
      expect { delivery(password: "hunter2").deliver(Mails.small(1)) }
        .to raise_error(MailRoom::Error, /\APostgreSQL is not available: (?!.*hunter2)/)
    end
  end

  describe MailRoom::Arbitration::Redis do
    def arbiter(redis = self.redis, **others)
      described_class.new(described_class::Options.new(redis_url: redis.url, **others))
    end

    it "gives a message to the first who asks, until it expires" do
      expect([arbiter, arbiter].map { |arbiter| arbiter.deliver?(7) }).to eq([true, false])
      expect([redis.client.get("delivered:7"), redis.client.ttl("delivered:7")]).to match(["1", 595..600])
    end

    it "takes an expiration, and text for a UID" do
      expect(arbiter.deliver?("AAMkAGI", 30)).to be(true)
      expect(redis.client.ttl("delivered:AAMkAGI")).to be_between(25, 30)
    end

    it "keeps to its namespace" do
      arbiters = [arbiter, arbiter(namespace: "mail_room:gitlab")]

      expect(arbiters.map { |arbiter| arbiter.deliver?(7) }).to eq([true, true])
      expect(redis.client.keys).to contain_exactly("delivered:7", "mail_room:gitlab:delivered:7")
    end

    it "is the arbiter of a mailbox" do
      mailbox = build_mailbox(arbitration_method: "redis", arbitration_options: { "redis_url" => redis.url })

      expect(Array.new(2) { mailbox.deliver?(7) }).to eq([true, false])
    end

    it "raises when Redis does not answer: nobody knows then whose the message is" do
      arbiter = arbiter(paused_redis, delivery_timeout: 0.5)

      expect { arbiter.deliver?(7) }.to raise_error(MailRoom::Error, /no answer within 0.5 s/)
    end

    it "refuses what is no time" do
      expect { arbiter.deliver?(7, 0) }.to raise_error(MailRoom::Error, /expire/)
    end
  end
end
