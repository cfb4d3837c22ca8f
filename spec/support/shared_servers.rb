# frozen_string_literal: true

require_relative "servers"

# The servers that examples share, each started when it is first asked for. Sharing is safe, because every example has
# users of its own, and Redis is emptied before each. Examples that stop or freeze a server start one of their own.
module SharedServers
  class << self
    def certificates
      @certificates ||= Servers::Certificates.new
    end

    def dovecot
      @dovecot ||= Servers::Dovecot.new(certificate: certificates.good).start
    end

    def redis
      @redis ||= Servers::Redis.new.start
    end

    def postgres
      @postgres ||= Servers::Postgres.new(certificate: certificates.good).start
    end

    # Before each example.
    def clear
      @redis&.clear
      @postgres&.clear
    end

    def remove
      [@dovecot, @redis, @postgres].compact.each(&:remove)
      @dovecot = @redis = @postgres = nil
    end
  end
end
