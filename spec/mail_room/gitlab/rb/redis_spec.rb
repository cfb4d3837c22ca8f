# frozen_string_literal: true

RSpec.describe MailRoom::GitLab::Rb::Redis do
  def redis(rails = {}, **own)
    attributes = MailRoom::GitLab::Rb::Attributes.new
    { "gitlab_rails" => rails, "redis" => own }.each do |name, settings|
      settings.each { |key, value| attributes[name][key] = value }
    end
    described_class.new(attributes).read
  end

  {
    [{}, {}] => "unix:/var/opt/gitlab/redis/redis.socket",
    [{ redis_socket: "/run/redis.sock", redis_database: 3 }, {}] => "unix:/run/redis.sock?db=3",
    [{}, { unixsocket: "/run/own.sock" }] => "unix:/run/own.sock",
    [{}, { port: 6379, password: "p/w +" }] => "redis://:p%2Fw%20%2B@127.0.0.1:6379",
    [{}, { bind: "10.0.0.1", port: 6379 }] => "redis://10.0.0.1:6379",
    [{}, { bind: "10.0.0.1 127.0.0.1", port: 6379 }] => "redis://10.0.0.1:6379",
    [{}, { port: 0, tls_port: 6380 }] => "rediss://127.0.0.1:6380",
    [{ redis_host: "r", redis_port: 1 }, { tls_port: 6380 }] => "redis://r:1",
    [{}, { port: 0 }] => "unix:/var/opt/gitlab/redis/redis.socket",
    [{ redis_host: "r.example", redis_port: 6380, redis_password: "hunter2" }, {}] => "redis://:hunter2@r.example:6380",
    [{ redis_host: "r.example", redis_ssl: true, redis_database: 2 }, {}] => "rediss://r.example/2",
    [{ redis_host: "::1", redis_database: 0 }, {}] => "redis://[::1]",
    [{ redis_host: "r", redis_socket: "/run/redis.sock" }, {}] => "redis://r",
    [{ redis_queues_instance: "redis://:pw@queues.example:1/2", redis_host: "r" },
     {}] => "redis://:pw@queues.example:1/2"
  }.each do |(rails, own), url|
    it "is #{url} with #{rails} and #{own}" do
      expect(redis(rails, **own).options).to eq(redis_url: url)
    end
  end

  it "is the master below sentinels" do
    sentinels = [{ "host" => "10.0.0.1", "port" => 26_379 }, { "host" => "10.0.0.2", "port" => 26_379 }]
    found = redis({ redis_sentinels: sentinels, redis_sentinels_password: "s3ntinel" },
                  master_name: "gitlab-redis", master_password: "hunter2")

    expect(found.options).to eq(redis_url: "redis://:hunter2@gitlab-redis", sentinel_password: "s3ntinel",
                                sentinels: [{ host: "10.0.0.1", port: 26_379 }, { host: "10.0.0.2", port: 26_379 }])
  end

  it "has sentinels of its own for the queues" do
    found = redis({ redis_queues_instance: "redis://:pw@queues", redis_queues_sentinels: [{ host: "q", port: 1 }],
                    redis_queues_sentinels_password: "other", redis_sentinels: [{ host: "r" }] })

    expect(found.options).to eq(redis_url: "redis://:pw@queues", sentinel_password: "other",
                                sentinels: [{ host: "q", port: 1 }])
  end

  it "has the files of TLS" do
    found = redis({ redis_host: "r", redis_ssl: true, redis_tls_ca_cert_file: "/ca.pem",
                    redis_tls_client_cert_file: "/c.pem", redis_tls_client_key_file: "/k.pem" })

    expect(found.options[:redis_ssl_params])
      .to eq("ca_file" => "/ca.pem", "cert_file" => "/c.pem", "key_file" => "/k.pem")
  end

  it "names the setting that is wrong" do
    expect { redis({ redis_sentinels: "s1" }) }
      .to raise_error(MailRoom::ConfigurationError, "gitlab_rails['redis_sentinels'] must be a list of mappings")
  end
end
