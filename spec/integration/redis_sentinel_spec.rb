# frozen_string_literal: true

require "support/rspec"

RSpec.describe "Redis behind sentinels", :integration do
  # Seconds for the sentinels to choose another master, and for the next attempts.
  after_a_failover = 120

  # @param options [Hash] for the delivery and, unless told otherwise, for arbitration
  def start(sentinels, arbitrated: true, **options)
    options = { redis_url: sentinels.url, sentinels: sentinels.addresses }.merge(options)
    arbitration = { arbitration_method: "redis", arbitration_options: { namespace: "mail_room:gitlab", **options } }
    mail_room(settings(delivery: options, **(arbitrated ? arbitration : {})))
  end

  describe "as GitLab sets them up" do
    it "asks for the master" do
      sentinels = own(Servers::Sentinels.new(redis_password: "secret"))
      inbox.append(Mails.small(1))
      start(sentinels)
      expect_delivered(1, redis: sentinels.master)
    end

    it "takes addresses with string keys, ports as text, and the number of a database" do
      sentinels = own(Servers::Sentinels.new)
      inbox.append(Mails.small(1))
      addresses = sentinels.addresses.map { |address| { "host" => address[:host], "port" => address[:port].to_s } }
      process = start(sentinels, sentinels: addresses, redis_db: 3)
      process.wait_until(what: "the mark") { inbox.unseen.zero? }
      expect(sentinels.master.job_count(db: 3)).to eq(1)
    end

    it "asks the next one when the first cannot be reached" do
      sentinels = own(Servers::Sentinels.new)
      inbox.append(Mails.small(1))
      nobody = [{ host: "no-such-host.invalid", port: 26_379 }, { host: "127.0.0.1", port: Servers::Ports.free }]
      start(sentinels, sentinels: [*nobody, sentinels.addresses.last])
      expect_delivered(1, redis: sentinels.master)
    end

    it "logs in at the sentinels by their password" do
      sentinels = own(Servers::Sentinels.new(password: "another", redis_password: "secret"))
      inbox.append(Mails.small(1))
      start(sentinels, sentinel_password: "another")
      expect_delivered(1, redis: sentinels.master)
    end

    it "logs in at the sentinels by user and password" do
      user = { name: "mailer", password: "third" }
      sentinels = own(Servers::Sentinels.new(password: "another", user: user, redis_password: "secret"))
      inbox.append(Mails.small(1))
      start(sentinels, sentinel_username: user[:name], sentinel_password: user[:password])
      expect_delivered(1, redis: sentinels.master)
    end

    it "takes a master that has no replica" do
      sentinels = own(Servers::Sentinels.new(replicas: 0))
      inbox.append(Mails.small(1))
      start(sentinels)
      expect_delivered(1, redis: sentinels.master)
    end

    it "speaks TLS with sentinels and servers" do
      sentinels = own(Servers::Sentinels.new(certificate: certificates.good, ca_file: certificates.ca_file))
      inbox.append(Mails.small(1))
      params = { "ca_file" => certificates.ca_file }
      addresses = sentinels.addresses.map { |address| address.merge(ssl: true, ssl_params: params) }
      start(sentinels, sentinels: addresses, redis_ssl_params: params)
      expect_delivered(1, redis: sentinels.master)
    end
  end

  describe "when the master dies in the middle of a drain" do
    let(:sentinels) { own(Servers::Sentinels.new) }
    let(:count) { 1_000 }

    # Jobs of the old master that no replica had are gone with it, and so are the records of their delivery.
    def drain(**options)
      dovecot.fill(inbox.user, (1..count).map { |number| Mails.small(number) })
      process = start(sentinels, **options)
      old = sentinels.master
      process.wait_until(what: "the first jobs") { old.job_count >= 50 }
      expect(old.job_count).to be < count
      yield old
    end

    define_method(:limit) { after_a_failover }

    it "has lost nothing and delivered nothing twice, when the replica had everything" do
      drain { sentinels.fail_over }
      expect_delivered(1..count, redis: sentinels.master, limit: limit)
    end

    it "has lost nothing and delivered nothing twice, when the replica had not" do
      drain { sentinels.crash }
      expect_delivered(1..count, redis: sentinels.master, limit: limit)
    end

    it "has lost nothing and delivered nothing twice, when two processes drain" do
      drain do
        start(sentinels)
        sentinels.crash
      end
      expect_delivered(1..count, redis: sentinels.master, limit: limit)
    end

    it "has lost nothing without arbitration" do
      drain(arbitrated: false) { sentinels.crash }
      expect_nothing_lost
    end

    def expect_nothing_lost
      processes.last.wait_until(limit, what: "all marks") { inbox.unseen.zero? }
      expect((1..count).to_a - delivered_numbers(sentinels.master)).to eq([])
    end

    # It lives on, and takes no writes any more.
    it "has lost nothing and delivered nothing twice, when it did not die but became a replica" do
      drain { sentinels.hand_over }
      expect_delivered(1..count, redis: sentinels.master, limit: limit)
    end

    it "has lost nothing without arbitration, when it did not die but became a replica" do
      drain(arbitrated: false) { sentinels.hand_over }
      expect_nothing_lost
    end

    describe "and another replica has more than the one that is promoted" do
      let(:sentinels) { own(Servers::Sentinels.new(replicas: 2)) }

      it "has lost nothing and delivered nothing twice" do
        drain do
          sentinels.cut_off_successor
          sentinels.hand_over
        end
        expect_delivered(1..count, redis: sentinels.master, limit: limit)
      end
    end
  end

  describe "tells what is wrong" do
    let(:sentinels) { own(Servers::Sentinels.new(password: "another", redis_password: "secret")) }

    # @return [String] what the log says
    def error(**options)
      inbox.append(Mails.small(1))
      start(sentinels, **{ sentinel_password: "another" }, **options)
      wait_for_error(inbox.user, limit: 30)["error"].tap do |text|
        expect(text).not_to include("another")
        expect(inbox.unseen).to eq(1)
      end
    end

    it "when a name cannot be resolved" do
      expect(error(sentinels: [{ host: "no-such-host.invalid", port: 26_379 }]))
        .to match(/sentinel no-such-host\.invalid:26379: .*(?:resolve|lookup|not known)/i)
    end

    it "when nobody listens" do
      port = Servers::Ports.free
      nobody = { host: "127.0.0.1", port: port }
      expect(error(sentinels: [nobody])).to match(/sentinel 127\.0\.0\.1:#{port}: .*refused/i)
    end

    it "when a sentinel has no TLS" do
      address = sentinels.addresses.first.merge(ssl: true)
      expect(error(sentinels: [address])).to match(/sentinel 127\.0\.0\.1:\d+: .*TLS/)
    end

    it "when the sentinels' password is wrong" do
      expect(error(sentinel_password: "wrong")).to match(/sentinel 127\.0\.0\.1:\d+: .*password refused/)
    end

    it "when the sentinels want a password" do
      expect(error(sentinel_password: nil)).to match(/sentinel 127\.0\.0\.1:\d+: .*password is needed/)
    end

    it "when the password of Redis is wrong" do
      expect(error(redis_url: "redis://:wrong@mymaster")).to match(/\A(?!.*sentinel \d).*password refused/)
    end

    it "when the sentinels know no such master" do
      expect(error(redis_url: sentinels.url("nobody"))).to match(/sentinel 127\.0\.0\.1:\d+: .*no master "nobody"/)
    end

    it "when the sentinels' master is a replica" do
      replica = own(Servers::Redis.new(replica_of: redis))
      misled = own(Servers::Sentinel.new("sentinel monitor mymaster 127.0.0.1 #{replica.port} 2\n"))
      expect(error(redis_url: "redis://mymaster", sentinels: [{ host: "127.0.0.1", port: misled.port }],
                   sentinel_password: nil)).to match(/127\.0\.0\.1:#{replica.port}: .*wrong role/)
    end
  end
end
