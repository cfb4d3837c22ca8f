# frozen_string_literal: true

require "securerandom"
require_relative "mail_room_process"
require_relative "mails"
require_relative "shared_servers"

# What integration examples have in common: mailboxes, settings, and mail_room processes that do not outlive them.
module MailRoomHelpers
  # Seconds until something that should happen soon counts as not happening. Generous, for slow and busy machines.
  SOON = 15

  def certificates
    SharedServers.certificates
  end

  def dovecot
    SharedServers.dovecot
  end

  def redis
    SharedServers.redis
  end

  # A server of the example's own, which it may stop, freeze and restart.
  # @param server [Servers::Dovecot, Servers::Redis, Servers::Sidekiq]
  def own(server)
    disposables << server
    server.start
  end

  # @return [Servers::Inbox] the example's mailbox
  def inbox
    @inbox ||= new_inbox
  end

  # @return [Servers::Inbox] a mailbox of a new user; its password occurs nowhere else
  def new_inbox(server = dovecot)
    name = "user-#{SecureRandom.hex(4)}"
    server.add_user(name, "secret-#{SecureRandom.hex(8)}")
    server.inbox(name)
  end

  # @return [Hash] settings of a mailbox with Sidekiq delivery
  def settings(inbox = self.inbox, delivery: {}, **others)
    {
      email: inbox.user, password: inbox.password, host: inbox.host, port: inbox.port, ssl: false, start_tls: false,
      name: "INBOX", idle_timeout: 60, arbitration_method: "noop", delivery_method: "sidekiq",
      delivery_options: { redis_url: redis.url, queue: "default", worker: "EmailReceiverWorker" }.merge(delivery)
    }.merge(others)
  end

  # Starts mail_room with these mailboxes.
  # @param options [Hash] for MailRoomProcess
  # @param top_level [Hash] further keys of the configuration
  # @return [MailRoomProcess]
  def mail_room(*mailboxes, options: {}, **top_level)
    mailboxes = [settings] if mailboxes.empty?
    launch({ mailboxes: mailboxes, **top_level }, **options)
  end

  # Starts one of spec/fixtures/programs with these mailboxes.
  def program(name, *mailboxes, **top_level)
    command = [*MailRoomProcess::RUBY, "spec/fixtures/programs/#{name}.rb"]
    mail_room(*mailboxes, options: { command: command }, **top_level)
  end

  # @param config [Hash, String] the whole configuration
  def launch(config, **options)
    MailRoomProcess.new(config, **options).tap do |process|
      processes << process
      process.start
    end
  end

  # Tries the expectations until they hold: what is noted of a message's failures goes a moment after its mark comes.
  def expect_soon(limit = SOON)
    deadline = Wait.now + limit
    begin
      yield
    rescue RSpec::Expectations::ExpectationNotMetError
      raise if Wait.now >= deadline

      sleep Wait::INTERVAL
      retry
    end
  end

  # Waits until these generated mails, and no others, have become jobs, and are marked.
  # @param numbers [Integer, Range]
  def expect_delivered(*numbers, inbox: self.inbox, redis: self.redis, limit: SOON)
    numbers = numbers.flat_map { |number| [*number] }
    process = processes.last
    process.wait_until(limit, what: "#{numbers.size} jobs") { redis.job_count >= numbers.size }
    process.wait_until(limit, what: "all marks") { inbox.unseen.zero? }
    expect(delivered_numbers(redis)).to match_array(numbers)
  end

  # @return [Hash] the first log line that tells of an error, of this mailbox when one is named
  def wait_for_error(email = nil, limit: SOON)
    processes.last.wait_for_log(limit, what: "an error") do |line|
      line["error"] && (email.nil? || line.dig("context", "email") == email)
    end
  end

  # @return [Array<Integer>] the numbers of the generated mails among a queue's jobs, in the order of delivery
  def delivered_numbers(redis = self.redis)
    redis.jobs.map { |job| Mails.number(job["args"].first) }
  end

  def processes
    @processes ||= []
  end

  def disposables
    @disposables ||= []
  end
end
