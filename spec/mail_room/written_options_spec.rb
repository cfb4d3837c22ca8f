# frozen_string_literal: true

RSpec.describe MailRoom::WrittenOptions do
  def written(**attributes)
    described_class.new(build_mailbox(**attributes), :delivery_options)
  end

  it "takes the first of several names that has a value, false included" do
    options = written(delivery_options: { "b" => false, c: 1, a: nil })

    expect([options[:a, :b, :c], options[:c], options[:d]]).to eq([false, 1, nil])
  end

  it "tells no secret" do
    expect(written(delivery_options: { token: "hunter2" }).inspect).to eq("#<MailRoom::WrittenOptions>")
  end

  it "has timeouts from the mailbox or from the options" do
    expect(written(delivery_timeout: 5).timeouts).to eq(delivery_timeout: 5)
    expect(described_class.new({ connect_timeout: 1, url: "u" }, :delivery_options).timeouts).to eq(connect_timeout: 1)
  end

  it "takes an object that has only what it was asked for" do
    options = described_class.new(Struct.new(:delivery_options).new(nil), :delivery_options)

    expect([options[:a], options.top(:location), options.logger, options.timeouts]).to eq([nil, nil, nil, {}])
  end
end
