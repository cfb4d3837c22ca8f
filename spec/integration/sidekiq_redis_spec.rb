# frozen_string_literal: true

require "support/rspec"

RSpec.describe "Delivery to Sidekiq: the ways to reach Redis", :integration do
  let(:password) { "pass/word+#{SecureRandom.hex(4)}" }

  # Starts a Redis of the example's own, puts one message into the mailbox, and waits for its job.
  def expect_delivery_through(redis, db: 0, env: {}, **delivery)
    inbox.append(Mails.fixture("reply"))
    process = mail_room(settings(delivery: delivery), options: { env: env })
    process.wait_until(what: "a job") { redis.job_count(db: db) == 1 }
    expect(redis.jobs(db: db).first["args"].first.b).to eq(Mails.fixture("reply"))
  end

  it "takes a password from the URL" do
    redis = own(Servers::Redis.new(password: password))
    expect_delivery_through(redis, redis_url: redis.url)
    expect(processes.last.everything).not_to include(password)
  end

  it "takes the name and password of an ACL user from the URL" do
    redis = own(Servers::Redis.new(password: "another", user: { name: "mailer", password: password }))
    expect_delivery_through(redis, redis_url: redis.url)
  end

  it "takes the number of the database from the URL" do
    expect_delivery_through(redis, redis_url: redis.url(db: 5), db: 5)
  end

  it "takes the number of the database from redis_db" do
    expect_delivery_through(redis, redis_url: redis.url, redis_db: 7, db: 7)
  end

  it "goes through a unix socket" do
    expect_delivery_through(redis, redis_url: redis.socket_url)
  end

  it "goes through a unix socket to a database" do
    expect_delivery_through(redis, redis_url: redis.socket_url(db: 3), db: 3)
  end

  it "goes over TLS when the authority is among the system's, here by SSL_CERT_FILE" do
    redis = own(Servers::Redis.new(certificate: certificates.good))
    expect_delivery_through(redis, redis_url: redis.tls_url, env: { "SSL_CERT_FILE" => certificates.ca_file })
  end

  it "does not trust an authority it was not told of" do
    redis = own(Servers::Redis.new(certificate: certificates.good))
    inbox.append(Mails.fixture("reply"))
    mail_room(settings(delivery: { redis_url: redis.tls_url }))
    wait_for_error(inbox.user)
    expect(redis.job_count).to eq(0)
    expect(inbox.unseen).to eq(1)
  end

  it "needs no right to transactions, and pushes each job once" do
    redis = own(Servers::Redis.new)
    redis.client.call("ACL", "SETUSER", "weak", "on", ">hunter2", "~*", "+@all", "-multi", "-exec")
    dovecot.fill(inbox.user, (1..3).map { |number| Mails.small(number) })
    mail_room(settings(delivery: { redis_url: "redis://weak:hunter2@127.0.0.1:#{redis.port}" }))
    expect_delivered(1..3, redis: redis)
    expect(redis.client.smembers("queues")).to eq(["default"])
  end

  describe "a Redis that is down" do
    it "leaves the messages unread, and gets them when it is back" do
      redis = own(Servers::Redis.new)
      redis.stop
      dovecot.fill(inbox.user, (1..20).map { |number| Mails.small(number) })
      mail_room(settings(delivery: { redis_url: redis.url }))
      wait_for_error(inbox.user)
      expect(inbox.unseen).to eq(20)

      redis.start
      expect_delivered(1..20, redis: redis, limit: 60)
    end

    it "does not end the process when it goes away between two messages" do
      redis = own(Servers::Redis.new)
      inbox.append(Mails.small(1))
      mail_room(settings(delivery: { redis_url: redis.url }))
      expect_delivered(1, redis: redis)

      redis.stop
      inbox.append(Mails.small(2))
      wait_for_error(inbox.user)
      expect(inbox.unseen).to eq(1)

      redis.start # it has forgotten the first job
      expect_delivered(2, redis: redis, limit: 60)
    end
  end
end
