# frozen_string_literal: true

require_relative "servers"

# All that stands between a customer's mail and the code of an application: Postfix, Dovecot, mail_room, Redis, Sidekiq
# and Rails, each of them real. What an example does not ask for is not started.
class RailsPlace
  HOST = "gitlab.example.com"
  # The second one takes all mail of a domain, as with a server that knows no sub-addresses.
  CATCH_ALL = "exchange.example.com"
  # By the names of users, see spec/fixtures/rails/config/gitlab.yml; the last one gets what the catch-all takes.
  PASSWORDS = { "incoming" => "s3cret #'of' incoming", "service" => "secret of service",
                "catchall" => "secret of catchall" }.freeze

  attr_reader :app, :redis, :dovecot

  # @param postgres [Boolean] whether the application has a database
  def initialize(postgres: false)
    @redis = Servers::Redis.new.start
    @dovecot = Servers::Dovecot.new(lmtp: true).start
    PASSWORDS.each { |name, password| @dovecot.add_user(name, password) }
    @postgres = Servers::Postgres.new.start if postgres
    @app = Servers::RailsApp.new(redis_url: @redis.url, env: { "DATABASE_URL" => database_url })
    migrate if postgres
    configure
  end

  # Writes gitlab.yml for these servers.
  # @param changes [Hash] of both sections
  # @param incoming_email [Hash] of this section
  def configure(incoming_email: {}, **changes)
    changes = { port: @dovecot.ports[:imap], **changes }
    @app.configure("incoming_email" => changes.merge(incoming_email), "service_desk_email" => changes)
  end

  def postfix
    @postfix ||= Servers::Postfix.new(
      lmtp: @dovecot.ports[:lmtp], mailboxes: PASSWORDS.keys.map { |name| "#{name}@#{HOST}" },
      catch_all: { CATCH_ALL => "catchall@#{HOST}" }
    ).start
  end

  # @return [Servers::Inbox]
  def inbox(name = "incoming")
    @dovecot.inbox(name)
  end

  # @return [Integer] messages that nobody has taken yet
  def waiting
    PASSWORDS.keys.sum { |name| inbox(name).unseen }
  end

  # Everything as at first; mailboxes, jobs and logs stay as they are.
  def clear
    configure
    @app.forget
  end

  # @return [String] the ends of all logs, for failure messages
  def tail
    [@app.tail, @postfix&.log.to_s.lines.last(20).join].join
  end

  def remove
    [@app, @postfix, @postgres, @dovecot, @redis].compact.each(&:remove)
  end

  private

  # The tables of Action Mailbox.
  def migrate
    result = @app.run("rake", "db:migrate")
    raise "rake db:migrate failed\n#{result.errors}" unless result.status.zero?
  end

  def database_url
    return unless @postgres

    options = @postgres.options
    "postgresql://#{options[:username]}:#{options[:password]}@127.0.0.1:#{options[:port]}/#{options[:database]}"
  end
end
