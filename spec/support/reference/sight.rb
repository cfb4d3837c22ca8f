# frozen_string_literal: true

require "json"

# What can be seen of a mail_room while it runs or when it has ended, as plain data, without what is never the same
# twice: random ids, times, ports, and the names of users.
class Sight
  # Seconds; both sides are looked at on a slow and busy machine.
  LIMIT = 20

  # What one of the two does that the other does without has a row of its own.
  OWN_ACTIONS = ["Starting TLS session", "asking arbiter to deliver", "Terminating watching thread...",
                 "Done with thread cleanup", "Disconnected. Resetting..."].freeze

  # @param process [MailRoomProcess]
  # @param scenario [Scenario]
  # @param inbox [Servers::Inbox]
  # @param example [#redis, #web, #postgres] for the servers that messages may have gone to
  def initialize(process, scenario, inbox:, example:)
    @process = process
    @scenario = scenario
    @inbox = inbox
    @example = example
  end

  # @return [Hash, Array] what the scenario sees
  def call
    public_send(@scenario.sees)
  end

  # @return [Hash] how it ended, and the flags of each message that is left
  def flags
    ending.merge(left: @inbox.flags)
  end

  # @return [Hash{String => Array<Hash>}] the jobs of each queue by its key, oldest first
  def jobs
    @scenario.signal ? ending : wait("jobs") { queues.sum { |key| client.llen(key) } >= @scenario.mails.size }
    queues.to_h { |key| [key, raw_jobs(key).map { |job| job.except("jid", "created_at", "enqueued_at") }] }
  end

  # @return [Hash] all keys in Redis, and the fields of a job with their classes
  def traces_of_sidekiq
    wait("a job") { queues.any? }
    { keys: client.keys.sort, fields: raw_jobs(queues.first).first.transform_values(&:class) }
  end

  # @return [Array<Hash>] the requests a web application got, with those headers that it may decide by
  def requests
    wait("requests") { @example.web.requests.size >= @scenario.mails.size }
    wait("the marks") { @inbox.unseen.zero? }
    @example.web.requests.map do |request|
      request.to_h.slice(:verb, :path, :body).merge(request.headers.slice("content-type", "authorization"))
    end
  end

  # @return [Array<Hash>] the rows of Que's table
  def rows
    wait("rows") { @example.postgres.job_count >= @scenario.mails.size }
    @example.postgres.jobs.map { |row| row.except("run_at", "job_id") }
  end

  # @return [Hash{String => Array}] value and remaining seconds of each key of arbitration
  def claims
    wait("the marks") { @inbox.unseen.zero? }
    ending
    client.keys("*delivered*").to_h { |key| [key, [client.get(key), client.ttl(key)]] }
  end

  # @return [Hash{String => Array<String>}] severity and keys of the line for each action, from start to end
  def log
    wait("all marks") { @inbox.unseen.zero? }
    ending
    @process.log.select { |line| line["action"] }.to_h { |line| [line["action"], shape(line)] }.except(*OWN_ACTIONS)
  end

  # @return [Array<String>] those actions that one of the two does without
  def own_actions
    log
    OWN_ACTIONS & @process.log.map { |line| line["action"] }
  end

  # @return [String, Hash] "marked" when it marks the messages, or else how it ended
  def outcome
    Wait.until(LIMIT, what: "the marks, or the end") { @inbox.unseen.zero? || !@process.alive? }
    @process.alive? ? "marked" : { status: @process.exit_status }
  end

  # @return [Hash] how it ended, after the scenario's signal
  def ending
    if @scenario.signal
      wait_for_readiness
      @process.public_send(@scenario.signal)
    end
    { status: @process.exit_status(LIMIT) }
  end

  # @return [Hash] how it ended, and in which form it told why
  def complaint
    ending.merge(stdout: form(@process.stdout), stderr: form(@process.stderr))
  end

  # @return [Hash] how it ended, and the options it told of
  def help
    ending.merge(options: @process.stdout.scan(/(?<=\s)--?[a-z?][a-z-]*/).uniq)
  end

  private

  def wait(what, &)
    @process.wait_until(LIMIT, what: what, &)
  end

  # Idle, or, without a mailbox that could be, past the work of starting: nothing else shows that signals are awaited.
  def wait_for_readiness
    return @process.wait_for_action("Idling", limit: LIMIT) unless @scenario.config

    Wait.until(LIMIT, what: "a second without work") do
      @process.cpu_ticks.then { |before| sleep(1) && before == @process.cpu_ticks } || !@process.alive?
    end
  end

  def client
    @example.redis.client
  end

  def queues
    client.keys("*queue:*")
  end

  def raw_jobs(key)
    client.lrange(key, 0, -1).reverse.map { |text| JSON.parse(text) }
  end

  # The keys of a line, and those of the mappings in it.
  def shape(line)
    line.flat_map { |key, value| value.is_a?(Hash) ? value.keys.map { |inner| "#{key}.#{inner}" } : [key] }
        .push(line["severity"])
  end

  # An exception's text and backtrace are each gem's own.
  def form(text)
    return "nothing" if text.strip.empty?

    "JSON with #{JSON.parse(text.lines.last).keys.sort.join(', ')}"
  rescue JSON::ParserError
    "text"
  end
end
