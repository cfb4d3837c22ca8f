# frozen_string_literal: true

RSpec.describe MailRoom::Redaction do
  %i[password delivery_password delivery_token client_secret passphrase private_key api_key sentinel_password
     jwt_secret key].each do |key|
    it "shows nothing of #{key}" do
      expect([described_class.show(key, "hunter2"), described_class.show(key.to_s, %w[hunter2])])
        .to all(eq("[REDACTED]"))
    end
  end

  it "shows that a secret is missing" do
    expect(described_class.show(:password, nil)).to eq("nil")
  end

  it "shows where a secret lies, or where to get one" do
    expect(described_class.show(:jwt_secret_path, "/etc/secret")).to eq('"/etc/secret"')
    expect(described_class.show(:password_file, "/run/secret")).to eq(%("/run/secret"))
    expect(described_class.show(:token_url, "https://u:hunter2@login.example.com/?sig=hunter2"))
      .to eq('"https://[REDACTED]@login.example.com/?sig=[REDACTED]"')
  end

  it "shows what is no secret as inspect does" do
    value = { "a" => [1, 2.5, nil, true, :b, "c"], d: { e: String } }

    expect(described_class.show(:options, value)).to eq(value.inspect)
  end

  { "redis://:hunter2@redis.example.com:6379/1" => "redis://[REDACTED]@redis.example.com:6379/1",
    "rediss://user:hun/ter@2@redis.example.com" => "rediss://[REDACTED]@redis.example.com",
    "https://example.com/hook?a=1&access_token=hunter2&b=2" => "https://example.com/hook?a=1&access_token=[REDACTED]&b=2",
    "redis://redis.example.com:6379" => "redis://redis.example.com:6379",
    ":hunter2@redis.example.com:6379" => "[REDACTED]@redis.example.com:6379" }.each do |url, shown|
    it "shows #{url} without user, password and secrets" do
      expect(described_class.show(:redis_url, url)).to eq(shown.inspect)
    end
  end

  it "shows nothing secret of what GitLab writes for Redis and webhooks" do
    options = { redis_url: "redis://u:hunter2@h:6379/99", "sentinel_password" => "hunter2",
                sentinels: [{ host: "s", "password" => "hunter2" }], jwt_secret_path: "/etc/secret",
                redis_ssl_params: { "key" => "hunter2", "key_file" => "/etc/key.pem" } }
    shown = described_class.show(:delivery_options, options)

    expect(shown).not_to include("hunter2")
    expect(shown).to include("@h:6379/99", ':host=>"s"', "/etc/secret", "/etc/key.pem")
  end

  it "shows nothing secret of what is written for Microsoft Graph and OAuth" do
    options = { inbox_options: { tenant_id: "12345", "client_secret" => "hunter2", client_certificate_path: "/a.pem" },
                oauth2: { refresh_token: "hunter2", "token_command" => "pass hunter2", token_file: "/run/token" } }
    shown = options.map { |key, value| described_class.show(key, value) }.join

    expect(shown).not_to include("hunter2")
    expect(shown).to include("12345", "/a.pem", "/run/token")
  end

  it "finds a URL under any key" do
    expect(described_class.show(:note, "see redis://u:hunter2@h/1 or redis://v:hunter2@i/1"))
      .to eq('"see redis://[REDACTED]@h/1 or redis://[REDACTED]@i/1"')
  end

  it "looks into mappings and lists" do
    expect(described_class.show(:delivery_options, [{ "password" => "hunter2", url: "http://u:p@h" }]))
      .to eq('[{"password"=>[REDACTED], :url=>"http://[REDACTED]@h"}]')
  end

  it "shows only the class of an object, which may tell anything by its inspect" do
    expect(described_class.show(:delivery_options, { client: Object.new })).to eq("{:client=>#<Object>}")
  end

  it "ends with a mapping that holds itself" do
    options = {}
    options[:self] = options

    expect(described_class.show(:delivery_options, options)).to include("[REDACTED]")
  end
end
