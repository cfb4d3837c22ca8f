# frozen_string_literal: true

require_relative "redis"
require_relative "sentinel"

module Servers
  # A master, replicas, and three sentinels that make a replica the master when the master is gone.
  #
  #   sentinels = Servers::Sentinels.new(password: "secret").start
  #   sentinels.url       # => "redis://mymaster"
  #   sentinels.addresses # => [{ host: "127.0.0.1", port: 23456 }, ...]
  #   sentinels.crash
  class Sentinels
    MASTER_NAME = "mymaster"
    COUNT = 3
    QUORUM = 2

    # Seconds for three sentinels to agree and act; the first attempt may fail when two stand for election at once.
    FAILOVER_LIMIT = 40

    # @param password [String, nil] of the sentinels' default user
    # @param user [Hash, nil] an ACL user of the sentinels, as name: and password:
    # @param redis_password [String, nil] of master and replica
    # @param certificate [Certificates::Pair, nil] everything speaks TLS then, and nothing else
    # @param ca_file [String, nil] its authority
    # @param replicas [Integer] of which the last is the one to be promoted
    def initialize(password: nil, user: nil, redis_password: nil, certificate: nil, ca_file: nil, replicas: 1)
      @redis_password = redis_password
      @certificate = certificate
      options = { password: redis_password, certificate: certificate, plain: certificate.nil?,
                  tls: { ca_file: ca_file, replication: true } }
      @first = Redis.new(**options)
      @servers = [@first] + Array.new(replicas) { Redis.new(replica_of: @first, **options) }
      @sentinels = Array.new(COUNT) do
        Sentinel.new(watched, password: password, user: user, certificate: certificate, ca_file: ca_file)
      end
    end

    # @return [self]
    def start
      @servers.each(&:start)
      replicas.each do |replica|
        Wait.until(20, what: "a replica to have all data") { replica.replication["master_link_status"] == "up" }
      end
      @servers.last.client.config(:set, "replica-priority", 1)
      @sentinels.each(&:start)
      Wait.until(20, what: "the sentinels to know each other", detail: method(:tail)) do
        @sentinels.all? { |sentinel| acquainted?(sentinel) }
      end
      self
    end

    def remove
      [*@sentinels, *@servers].each(&:remove)
    end

    # @return [String] as in GitLab's settings: where the host would stand, the name of the master stands
    def url(name = MASTER_NAME)
      "#{@certificate ? 'rediss' : 'redis'}://#{":#{CGI.escape(@redis_password)}@" if @redis_password}#{name}"
    end

    # @return [Array<Hash>] the setting `sentinels`
    def addresses
      @sentinels.map { |sentinel| { host: "127.0.0.1", port: sentinel.port } }
    end

    # @return [Redis] the present master
    def master
      port = Integer(@sentinels.first.master(MASTER_NAME).last)
      @servers.find { |server| server.replication_port == port }
    end

    # The replica to be promoted loses its master for some seconds, until the sentinels set that right. It may be
    # promoted nevertheless.
    def cut_off_successor
      @servers.last.client.call(["REPLICAOF", "127.0.0.1", Ports.free])
    end

    # The master dies, and what its replica has not yet got is gone.
    def crash
      old = master
      old.kill
      wait_for_another_master(old)
    end

    # The same when its replica has everything, so that nothing is gone.
    def fail_over
      hold_writes(master)
      crash
    end

    # The replica becomes the master, and the master its replica.
    def hand_over
      old = master
      @sentinels.first.ask("FAILOVER", MASTER_NAME)
      wait_for_another_master(old)
    end

    private

    # No transaction is begun any more, and all that were have come to the replica.
    def hold_writes(server)
      server.client.call(%w[CLIENT PAUSE 20000 WRITE])
      Wait.until(10, what: "the replicas to have all data") do
        (@servers - [server]).all? { |replica| offset(replica) == offset(server) }
      end
    end

    def offset(server)
      server.replication.values_at("slave_repl_offset", "master_repl_offset").compact.first
    end

    def wait_for_another_master(old)
      Wait.until(FAILOVER_LIMIT, what: "another master", detail: method(:tail)) do
        @sentinels.all? { |sentinel| Integer(sentinel.master(MASTER_NAME).last) != old.replication_port } &&
          master.replication["role"] == "master"
      end
    end

    def replicas
      @servers.drop(1)
    end

    def acquainted?(sentinel)
      details = sentinel.details(MASTER_NAME)
      details.values_at("num-other-sentinels", "num-slaves") == [COUNT - 1, replicas.size].map(&:to_s)
    end

    def watched
      <<~CONF
        sentinel monitor #{MASTER_NAME} 127.0.0.1 #{@first.replication_port} #{QUORUM}
        sentinel down-after-milliseconds #{MASTER_NAME} 1000
        sentinel failover-timeout #{MASTER_NAME} 5000
        #{"sentinel auth-pass #{MASTER_NAME} #{@redis_password}" if @redis_password}
      CONF
    end

    def tail
      @sentinels.map(&:tail).join("\n")
    end
  end
end
