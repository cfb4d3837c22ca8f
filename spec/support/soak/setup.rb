# frozen_string_literal: true

module Soak
  # One way to run mail_room: how messages go out, who decides between processes, what becomes of mails on the server.
  Setup = Struct.new(:delivery, :arbitrated, :deleting, :processes, keyword_init: true) do
    # Short enough that frozen servers run into them.
    self::TIMEOUTS = { connect_timeout: 5, command_timeout: 5, literal_timeout: 5, delivery_timeout: 2 }.freeze

    # Messages are marked window by window. Posting takes so long that one as large as usual is seldom done with before
    # the process is killed, and without an arbiter it has to be posted again then.
    self::WINDOW_TO_POST = 20

    # Mails that come at once. Jobs are pushed so fast that a few of them are done with before anybody is killed.
    self::BURSTS = { sidekiq: (20..160), postback: (1..60) }.freeze

    # @return [Array<Setup>] those the soak command puts to the test
    def self.all
      [
        new(delivery: :sidekiq, arbitrated: true, deleting: false, processes: 2),
        new(delivery: :sidekiq, arbitrated: true, deleting: true, processes: 2),
        new(delivery: :postback, arbitrated: true, deleting: true, processes: 2),
        new(delivery: :sidekiq, arbitrated: false, deleting: true, processes: 1),
        new(delivery: :postback, arbitrated: false, deleting: false, processes: 1)
      ]
    end

    def to_s
      [delivery, arbitrated ? "Redis" : "no arbiter", deleting ? "delete" : "mark"].join(", ")
    end

    # @return [String] the same for names of queues and paths of URLs
    def id
      to_s.downcase.tr_s(", ", "-")
    end

    # @return [Boolean] whether no message may be delivered twice: job and record are one transaction
    def once?
      arbitrated && delivery == :sidekiq
    end

    # @return [Boolean] whether messages are handed over as text instead of bytes
    def utf8?
      delivery == :sidekiq
    end

    # @return [Range<Integer>]
    def burst
      self.class::BURSTS.fetch(delivery)
    end

    # @param inbox [Servers::Inbox]
    # @param redis_url [String]
    # @param web_url [String]
    # @return [Hash] settings of a mailbox
    def settings(inbox, redis_url:, web_url:)
      arbitration = { arbitration_method: "redis", arbitration_options: { redis_url: redis_url } }
      { email: inbox.user, password: inbox.password, host: inbox.host, port: inbox.port, ssl: false, start_tls: false,
        name: "INBOX", idle_timeout: 60, delete_after_delivery: deleting, expunge_deleted: deleting,
        delivery_method: delivery.to_s, delivery_options: delivery_options(redis_url, web_url),
        **(delivery == :postback ? { limit_max_unread: self.class::WINDOW_TO_POST } : {}),
        **(arbitrated ? arbitration : {}), **self.class::TIMEOUTS }
    end

    private

    def delivery_options(redis_url, web_url)
      return { url: "#{web_url}/#{id}" } if delivery == :postback

      { redis_url: redis_url, queue: id, worker: "EmailReceiverWorker" }
    end
  end
end
