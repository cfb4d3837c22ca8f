# frozen_string_literal: true

RSpec.describe MailRoom::HealthCheck do
  it "has address and port, given under symbol or string keys" do
    read = [described_class.new(address: "127.0.0.1", port: 8080),
            described_class.new("address" => "127.0.0.1", "port" => 8080)]

    expect(read.map { |check| [check.address, check.port, check.running] }).to all(eq(["127.0.0.1", 8080, false]))
  end

  it "takes a port written as text" do
    expect(described_class.new(address: "127.0.0.1", port: "8080").port).to eq("8080")
  end

  it "refuses a missing address, in the words of gitlab-mail_room" do
    expect { described_class.new(port: 8080) }
      .to raise_error(MailRoom::ConfigurationError, "No health check address specified")
  end

  { nil => 0, 0 => 0, -1 => -1, "http" => 0, 65_536 => 65_536, true => 0 }.each do |port, shown|
    it "refuses the port #{port.inspect}, in the words of gitlab-mail_room" do
      expect { described_class.new(address: "127.0.0.1", port: port) }
        .to raise_error(MailRoom::ConfigurationError, "Health check port #{shown} is invalid")
    end
  end

  it "runs and quits for whoever calls it, and serves nothing by itself" do
    check = described_class.new(address: "127.0.0.1", port: 8080)

    expect([check.quit, check.run, check.running, check.quit, check.running]).to eq([false, true, true, false, false])
  end

  it "crosses into the native part as text and number" do
    expect(described_class.new(address: "localhost", port: "8080").settings)
      .to eq("address" => "localhost", "port" => 8080)
  end
end
